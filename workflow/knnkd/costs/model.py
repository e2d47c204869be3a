"""What each stage of the method costs, as formulas: time, memory and disk for any datastore and any machine.

All of it is arithmetic on counts and rates. The rates are measured (`fit.py`), or stated by the config for a GPU
that is not there. Units: seconds, 1e9 bytes (gb), operations (one multiplication and one addition are two).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

GB = 1e9
HALF, SINGLE, LONG = 2, 4, 8  # bytes of float16 and uint16, of float32 and int32, of int64
MARGIN = 16  # neighbours that the search keeps beyond k
# Not in the paper: types of fairseq's recipe for IWSLT (10,000 merges), and of the WMT19 model's dictionary.
VOCABULARY = {"iwslt": 10_000, "multi_domain": 42_024}
MERGED_GB = 0.3  # of gathering: 64 MB of neighbours, side by side, sorted, and taken apart


@dataclass(frozen=True)
class Network:
    """A Transformer with one matrix for source, target and output: its layers, width d, feed-forward width, types.

    decoder_ffn: the decoder's feed-forward width, where it is another. Left out of its weights: biases and norms, below
    one percent.
    """

    encoder_layers: int
    decoder_layers: int
    width: int
    ffn: int
    vocabulary: int
    decoder_ffn: int | None = None

    @property
    def encoder(self) -> int:
        """Weights that a source token is multiplied with: four d x d of attention and two d x ffn in each layer."""
        return self.encoder_layers * (4 * self.width**2 + 2 * self.width * self.ffn)

    @property
    def decoder(self) -> int:
        """Weights of a target token: as the encoder's, and four d x d more for the attention to the source."""
        return self.decoder_layers * (8 * self.width**2 + 2 * self.width * (self.decoder_ffn or self.ffn))

    @property
    def projection(self) -> int:
        """Weights of the output: one row of d for each type."""
        return self.vocabulary * self.width

    @property
    def parameters(self) -> int:
        """All weights, the embeddings being those of the output."""
        return self.encoder + self.decoder + self.projection


def forward_operations(network: Network) -> float:
    """Return the operations of a forward pass up to the keys, a target token.

    Two for each weight, with as many source tokens as target tokens. The products of the attention itself, 4 T d a
    layer for sentences of T tokens, are left out: T is far below d.
    """
    return 2.0 * (network.encoder + network.decoder)


def training_operations(network: Network) -> float:
    """Return those of an update, a target token: the pass with the projection, and twice as much backwards."""
    return 3 * (forward_operations(network) + 2 * network.projection)


def decoding_operations(network: Network, beam: int) -> float:
    """Return those of beam search, a generated token: the source once, decoder and projection for each hypothesis."""
    return 2.0 * network.encoder + beam * 2.0 * (network.decoder + network.projection)


def pieces_a_row(jobs: int) -> float:
    """Return how many jobs of n find neighbours for a row, on average: as many lists are merged.

    A row's part meets all 2n parts; the job that owns it lets it meet n + 1 of them where n is odd, and each other
    job two. So there are (n + 1) / 2 jobs; where n is even, n / 2 + 1 for three of four parts and n / 2 for the fourth.
    """
    return (jobs + 1) / 2 if jobs % 2 else jobs / 2 + 0.75


def entries_a_row(rows: float, k: int) -> float:
    """Return how often a row's shortlist of the k + MARGIN nearest is added to, among `rows` in random order.

    The i-th row that comes is among the nearest K so far with probability min(1, K / i), so it is K (1 + ln(rows / K)).
    """
    kept = min(k + MARGIN, rows)
    return kept * (1 + math.log(rows / kept))


@dataclass(frozen=True)
class Search:
    """What exact search takes on one machine.

    product: operations a second of plain matrix products; pair: seconds that a pair of rows takes beyond its product,
    which is being made in tiles and looked at; entry: seconds of an entry on a shortlist, with its share of sorting and
    measuring; base_gb: memory that does not grow with the rows.
    """

    product: float
    pair: float = 0.0
    entry: float = 0.0
    base_gb: float = 0.0


def search_counts(rows: float, dimension: int, k: int, jobs: int = 1) -> tuple[float, float, float]:
    """Return what one of n jobs does: operations of products, pairs of rows, entries on shortlists.

    Each two rows meet once, in one job: N^2 / 2 pairs of 2 d operations. A row has a shortlist in each job that it
    meets others in, over as many rows.
    """
    pairs = rows**2 / 2 / jobs
    pieces = pieces_a_row(jobs)
    entries = rows * pieces * entries_a_row(rows / pieces, k) / jobs
    return pairs * 2 * dimension, pairs, entries


def search_seconds(search: Search, rows: float, dimension: int, k: int, jobs: int = 1) -> float:
    """Return the time of one of n jobs, all of which take as long."""
    operations, pairs, entries = search_counts(rows, dimension, k, jobs)
    return operations / search.product + search.pair * pairs + search.entry * entries


def query_seconds(search: Search, rows: float, dimension: int, k: int) -> float:
    """Return the time of one query of kNN-MT in exact search: a pair with every row, and no other row served by it."""
    pair = 2 * dimension / search.product + search.pair
    return rows * pair + search.entry * entries_a_row(rows, k)


def row_bytes(dimension: int, k: int) -> float:
    """Return what a held row takes: its key and half its norm in float32, its shortlist, twice as long as is kept."""
    return SINGLE * (dimension + 1) + 2 * (k + MARGIN) * LONG + 2 * SINGLE


def held_gb(rows: float, dimension: int, k: int) -> float:
    """Return what rows take while they are held: themselves, and what was found for them until it is on disk."""
    return rows * (row_bytes(dimension, k) + LONG * k) / GB


def search_gb(search: Search, rows: float, dimension: int, k: int, budget_gb: float, jobs: int = 1) -> float:
    """Return the memory of a job: two parts of the datastore are held, or as much of them as the budget allows."""
    return min(budget_gb, search.base_gb + held_gb(rows / jobs, dimension, k))


def traffic_gb(rows: float, dimension: int, k: int, budget_gb: float) -> float:
    """Return what all jobs read and write while blocks meet: none where two blocks are the whole datastore.

    Of N / b blocks of b rows each two meet; for each pair one is read (keys in float16) and its shortlists are read and
    written. Two blocks and the keys of a third fill the budget.
    """
    block = budget_gb * GB / (2 * row_bytes(dimension, k) + SINGLE * dimension)
    pairs = (rows / block) ** 2 / 2 if rows > 2 * block else 0.0
    return pairs * block * (HALF * dimension + 2 * 2 * (k + MARGIN) * LONG) / GB


@dataclass(frozen=True)
class Target:
    """A datastore and what is trained around it; epoch: target tokens, which are the datastore's rows as well.

    k: neighbours stored; test: tokens of the test set; max_tokens: padded tokens of an update on one device; epochs: at
    most, None where nobody says.
    """

    name: str
    label: str
    network: Network
    rows: float
    k: int
    test: float
    max_tokens: int
    epochs: int | None = None


@dataclass(frozen=True)
class Machine:
    """A machine by its rates: operations a second of training, forward passes and decoding, and its search.

    gathering: seconds of a candidate that is written, and of a neighbour that is read for it; teaching: speed of
    kNN-KD's training, the baseline's being 1.
    """

    label: str
    search: Search
    training: float
    forward: float
    decoding: float
    gathering: tuple[float, float]
    teaching: float = 1.0
    measured: bool = True


@dataclass(frozen=True)
class Plan:
    """How the work is done: memory budget of a search job, jobs, beam, padded tokens of a batch that is decoded."""

    budget_gb: float
    jobs: int
    beam: int
    batch: int


@dataclass(frozen=True)
class Cost:
    """What a stage takes: time, memory of one job, what stays on disk, and what is there only while it runs."""

    stage: str
    seconds: float
    memory_gb: float
    disk_gb: float
    passing_gb: float = 0.0


def stages(target: Target, machine: Machine, plan: Plan) -> list[Cost]:
    """Return the cost of every stage in order; only the search is dealt out to several jobs."""
    return list(_stages(target, machine, plan))


def _stages(target: Target, machine: Machine, plan: Plan) -> Iterator[Cost]:
    network, update = target.network, training_operations(target.network)
    epoch = target.rows * update / machine.training
    # Adam has two moments for each weight; the best and the last checkpoint have them too, what stays has not.
    trained = _training_gb(target), SINGLE * network.parameters / GB, 2 * 3 * SINGLE * network.parameters / GB
    yield Cost("baseline, one epoch", epoch, *trained)
    yield Cost("datastore", target.rows * forward_operations(network) / machine.forward, *_dump_gb(target, plan))
    yield Cost("search in advance", *_search(target, machine, plan))
    written, read = machine.gathering
    gathered = target.rows * target.k * (written + read * pieces_a_row(plan.jobs))
    # A candidate is a token, two bytes where the vocabulary allows, and a score in float32.
    token = HALF if network.vocabulary <= 1 << 16 else SINGLE
    yield Cost("gathering", gathered, MERGED_GB, (token + SINGLE) * target.k * target.rows / GB)
    yield Cost("kNN-KD, one epoch", epoch / machine.teaching, *trained)
    seconds = target.test * decoding_operations(network, plan.beam) / machine.decoding
    memory = _decoding_gb(network, plan)
    yield Cost("test set, plain", seconds, memory, 0.0)
    queries = target.test * plan.beam * query_seconds(machine.search, target.rows, network.width, target.k)
    # Exact search holds the keys in float32 where there is a CPU, and their norms.
    held = SINGLE * (network.width + 1) * target.rows / GB
    yield Cost("test set, kNN-MT", seconds + queries, memory + held, 0.0)


def _search(target: Target, machine: Machine, plan: Plan) -> tuple[float, float, float, float]:
    width, pieces = target.network.width, pieces_a_row(plan.jobs)
    seconds = search_seconds(machine.search, target.rows, width, target.k, plan.jobs)
    memory = search_gb(machine.search, target.rows, width, target.k, plan.budget_gb, plan.jobs)
    # Each job leaves k packed neighbours for each row that it met; shortlists wait in a file while it runs.
    waiting = 2 * (target.k + MARGIN) * LONG + 2 * SINGLE
    return seconds, memory, 0.0, target.rows * pieces * (LONG * target.k + waiting) / GB


def _training_gb(target: Target) -> float:
    """Return weights, gradients and two moments, and the activations of a batch, all in float32.

    Kept for the way back, a token: in each layer about 12 d (20 d in the decoder) and 2 ffn, and three times the types:
    scores, their logarithms, and their gradients.
    """
    network = target.network
    floats = network.encoder_layers * 12 * network.width + network.decoder_layers * 20 * network.width
    floats += (network.encoder_layers + network.decoder_layers) * 2 * network.ffn + 3 * network.vocabulary
    return SINGLE * (4 * network.parameters + target.max_tokens * floats) / GB


def _dump_gb(target: Target, plan: Plan) -> tuple[float, float]:
    """Return the memory of the forward pass, a layer at a time, and the disk of keys (float16) and values (int32)."""
    network = target.network
    memory = SINGLE * (network.parameters + plan.batch * (4 * network.width + network.ffn)) / GB
    return memory, target.rows * (HALF * network.width + SINGLE) / GB


def _decoding_gb(network: Network, plan: Plan) -> float:
    """Return weights, and for each hypothesis of a batch the attention's keys and values, of target and of source."""
    cached = plan.batch * plan.beam * network.decoder_layers * 4 * network.width
    return SINGLE * (network.parameters + cached) / GB


def on_gpu(machine: Machine, tflops: float, share: float, decoding: float) -> Machine:
    """Return a machine with one GPU, projected: `share` of its rate is reached, and `decoding` of it in beam search.

    tflops: 1e12 operations a second of its matrix products. Gathering, which takes no GPU, is as on `machine`, and so
    is the speed of kNN-KD's training beside the baseline's.
    """
    rate = tflops * 1e12 * share
    projected = replace(machine, label="one GPU", measured=False, search=Search(rate, base_gb=machine.search.base_gb))
    return replace(projected, training=rate, forward=rate, decoding=tflops * 1e12 * decoding)
