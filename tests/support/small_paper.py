"""Small files in the form of those that `config/paper.yaml` names, and the changes that make its models as small."""

import io
import tarfile
import zipfile
from pathlib import Path

import torch

from knnkd.core.files import read_lines, write_lines
from knnkd.corpus.binarise import binarise
from knnkd.corpus.bpe import Segmenter, learn_codes
from knnkd.corpus.tokenise import tokenise
from knnkd.distil.bert.model import save_teacher
from knnkd.distil.bert.pretraining import new_model
from knnkd.distil.bert.wordpiece import Vocabulary, learn_pieces
from knnkd.synthetic.generate import generate
from support.old_checkpoint import new_checkpoint, save_as_of_2019
from support.small_iwslt14 import MORE, write_archive

SPLITS = ("train", "valid", "test")
SIZES = {"train": 120, "valid": 10, "test": 10}
DOMAINS = ("koran", "medical", "law")
TEACHER = "bert-base-multilingual-cased"
LONG = 900  # tokens of the longest Vietnamese sentences of IWSLT'15
SMALL = {"encoder_layers": 1, "decoder_layers": 1, "embed_dim": 32, "ffn_dim": 64, "heads": 2}
SHORT = {"max_epoch": 2, "patience": 0, "valid_beam": 1, "lr": 0.01, "warmup_updates": 30}


def tokens(corpus: str, sizes: dict[str, int]) -> dict[str, list[tuple[str, str]]]:
    """Pairs of an embedded corpus as Moses' tokens, entities in them."""
    languages = ("en", "vi") if corpus == "mini_en_vi" else ("de", "en")
    found = {}
    for split, pairs in generate(corpus, sizes, seed=1).items():
        source = tokenise([pair.source for pair in pairs], languages[0], escape=True, aggressive=False)
        target = tokenise([pair.target for pair in pairs], languages[1], escape=True, aggressive=False)
        found[split] = list(zip(source, target, strict=True))
    return found


def write_files(folder: Path, work: Path) -> None:
    """Write every file that the paper's config fetches into `folder`; work: for what is only needed on the way."""
    folder.mkdir()
    spoken = generate("mini_de_en", {"train": SIZES["train"]}, seed=1)["train"]
    write_archive(folder / "de-en.tgz", MORE + [(pair.source, pair.target) for pair in spoken])
    english_vietnamese = tokens("mini_en_vi", SIZES)
    # One side of nothing, a target that BERT cannot take, and entities, as the real files have them.
    english_vietnamese["train"] += [("Nothing there .", ""), ("So long &apos;s it .", " ".join(["dài"] * LONG))]
    for split, name in zip(SPLITS, ("train", "tst2012", "tst2013"), strict=True):
        for side, language in enumerate(("en", "vi")):
            write_lines(folder / f"{name}.{language}", [pair[side] for pair in english_vietnamese[split]])
    _write_general_model(folder / "wmt19.de-en.ffn8192.tar.gz", work)
    _write_domains(folder / "data-bin.zip", work)
    text = [line for pair in english_vietnamese["train"] for line in pair]
    _write_bert(folder / TEACHER, text + [line for pair in spoken for line in (pair.source, pair.target)])


def _write_text(folder: Path, pairs: dict[str, list[tuple[str, str]]], segmenter: Segmenter | None = None) -> None:
    for split, each in pairs.items():
        for side, language in enumerate(("de", "en")):
            lines = [pair[side] for pair in each]
            write_lines(folder / f"{split}.{language}", segmenter.segment_lines(lines) if segmenter else lines)


def _write_general_model(path: Path, work: Path) -> None:
    """Write the archive of the pre-trained model: checkpoint of 2019, one dictionary twice, fastBPE's codes."""
    general = tokens("mini_general", SIZES)
    _write_text(work / "general", general)
    learn_codes(work / "general", ("de", "en"), 300, True, work / "codes")
    segmenter = Segmenter(work / "codes" / "de.bpe")
    _write_text(work / "cut", general, segmenter)
    binarise(work / "cut", ("de", "en"), SPLITS, work / "bin", joint=True)
    flags = ["--encoder-layers", "1", "--encoder-embed-dim", "32", "--encoder-ffn-embed-dim", "64"]
    flags += ["--decoder-embed-dim", "32"]
    flags += ["--decoder-ffn-embed-dim", "32", "--encoder-attention-heads", "4", "--decoder-attention-heads", "4"]
    state = new_checkpoint(work / "bin", *flags, arch="transformer_wmt_en_de_big")
    save_as_of_2019(state, work / "model.pt")
    merges = [f"{line} {300 - number}" for number, line in enumerate(read_lines(work / "codes" / "de.bpe")[1:])]
    write_lines(work / "fastbpe", merges)
    dictionary = work / "bin" / "dict.en.txt"
    members = {"wmt19.de-en.ffn8192.pt": work / "model.pt", "ende30k.fastbpe.code": work / "fastbpe"}
    with tarfile.open(path, "w:gz") as archive:
        for name, file in (members | {"dict.de.txt": dictionary, "dict.en.txt": dictionary}).items():
            _add(archive, f"wmt19.de-en.ffn8192/._{name}", b"\0Mac OS X")
            _add(archive, f"wmt19.de-en.ffn8192/{name}", file.read_bytes())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _write_domains(path: Path, work: Path) -> None:
    """Write data-bin.zip: a folder a domain in fairseq's binary form, and what macOS packs beside each file."""
    segmenter = Segmenter(work / "codes" / "de.bpe", work / "bin")
    with zipfile.ZipFile(path, "w") as archive:
        for domain in (*DOMAINS, "it"):
            text = tokens(f"mini_{domain}" if domain in DOMAINS else "mini_koran", SIZES)
            text["test"][0] = (f"{text['test'][0][0]} \u9ce5", text["test"][0][1])  # a word that no dictionary holds
            _write_text(work / "text" / domain, text, segmenter)
            folder = work / "domains" / domain
            binarise(work / "text" / domain, ("de", "en"), SPLITS, folder, joint=True, dictionaries=work / "bin")
            (folder / "data.json").unlink()
            for file in sorted(folder.iterdir()):
                archive.writestr(f"__MACOSX/data-bin/{domain}/._{file.name}", b"\0Mac OS X")
                archive.write(file, f"data-bin/{domain}/{file.name}")


def _write_bert(folder: Path, lines: list[str]) -> None:
    """Write an untrained BERT of the hub's form, with as many positions as the real one."""
    vocabulary = Vocabulary(learn_pieces(lines, 500), lower_case=False)
    model = new_model(vocabulary, layers=1, hidden=32, heads=2, ffn=64, max_positions=512, dropout=0.1, seed=1)
    torch.manual_seed(1)
    save_teacher(folder, model, vocabulary, ("made.json", {}))


def changes() -> dict:
    """What a second config makes of the paper's: its data sets, systems and tables stay."""
    counts = {"iwslt14_de_en": {"train": 162, "valid": 7, "test": 10}, "iwslt15_en_vi": {**SIZES, "train": 121}}
    counts |= dict.fromkeys(DOMAINS, SIZES)
    datasets: dict[str, dict] = {name: {"expect": pairs, "training": SHORT} for name, pairs in counts.items()}
    datasets["iwslt14_de_en"]["bpe"] = datasets["iwslt15_en_vi"]["bpe"] = {"merges": 300}
    for name in DOMAINS:
        datasets[name] |= {"model": SMALL, "search": {"k": 17}}
    datasets["koran"]["systems"] = {"knn_kd": {"grid": {"k": [4], "tau": [10, 100]}}}
    return {
        "seeds": [1],
        "device": "cpu",
        "model": SMALL,
        "training": SHORT | {"max_tokens": 1280, "update_freq": 1},
        "search": {"k": 16, "shards": 2, "memory_gb": 1.0, "threads": 1, "faiss": "cpu"},
        "decode": {"shards": 2, "threads": 1},
        "bert": {"updates": 10, "max_tokens": 512, "stored": 32},
        "knn_mt": {
            "index": "ivfflat",
            "nlist": 4,
            "nprobe": 2,
            "k": [4],
            "tau": [10, 100],
            "lambda": [0.5],
            "decoded": 1,
        },
        "datasets": datasets,
        "systems": {"knn_kd": {"k": 8, "grid": None}},
        "ablation": None,
        "controls": None,
        "case_study": None,
    }
