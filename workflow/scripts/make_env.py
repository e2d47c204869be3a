"""Build one virtual environment from the conda files in envs/, for those who have no conda.

    python3.11 workflow/scripts/make_env.py .venv [--gpu] [--torch-index URL]

Only the standard library is used: this runs before anything is installed. The pins are read from the `pip:` sections,
so that conda and the venv cannot drift apart; what a file's post-deploy script does under conda is done here too.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ENVS = Path(__file__).resolve().parents[2] / "envs"
PIN = re.compile(r"^ {6}- ([A-Za-z0-9._-]+)==(\S+)$")


def read_pins(env_file: Path) -> dict[str, str]:
    """Return {package: version} of one env file's `pip:` section.

    Raises ValueError where two pins name one package.
    """
    pins: dict[str, str] = {}
    for number, line in enumerate(env_file.read_text(encoding="utf-8").splitlines(), 1):
        if match := PIN.match(line):
            if match[1] in pins:
                raise ValueError(f"{env_file}:{number}: {match[1]} is pinned twice")
            pins[match[1]] = match[2]
    return pins


def merge_pins(env_files: list[Path]) -> dict[str, str]:
    """Return the union of the files' pins; ValueError where two files pin one package differently."""
    merged: dict[str, str] = {}
    for env_file in env_files:
        for package, version in read_pins(env_file).items():
            if merged.setdefault(package, version) != version:
                raise ValueError(f"{env_file}: {package}=={version}, but {merged[package]} in another env file")
    return merged


def selected_env_files(gpu: bool) -> list[Path]:
    """Return the env files that make up the venv: all of them, but only those with one of the two faiss builds."""
    left_out = "-cpu" if gpu else "-gpu"
    return sorted(path for path in ENVS.glob("*.yaml") if not path.stem.endswith(left_out))


def missing_tools() -> list[str]:
    """Return what a bare machine still lacks, in words that name the Debian package."""
    missing = []
    if sys.version_info[:2] != (3, 11):
        missing.append(f"Python 3.11 (this is {sys.version.split()[0]}; Debian: python3.11)")
    if not (shutil.which("g++") or shutil.which("c++")):
        missing.append("a C++ compiler (Debian: g++)")
    try:
        import ensurepip  # noqa: F401  (Debian ships it apart)
        import venv  # noqa: F401
    except ImportError:
        missing.append("the venv module (Debian: python3.11-venv)")
    import sysconfig

    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
        missing.append("Python's headers (Debian: python3.11-dev)")
    return missing


def run_step(what: str, command: list[str], environment: dict[str, str] | None = None, every: float = 30.0) -> None:
    """Run a command, and say what it is for, each `every` seconds that it still runs, and how long it took.

    Raises subprocess.CalledProcessError where it fails.
    """
    print(f"make env: {what}", flush=True)
    start = time.monotonic()
    with subprocess.Popen(command, env=environment) as process:
        while True:
            try:
                process.wait(every)
                break
            except subprocess.TimeoutExpired:
                print(f"make env: ... {time.monotonic() - start:.0f} s", flush=True)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    print(f"make env: done in {time.monotonic() - start:.0f} s", flush=True)


def build(target: Path, gpu: bool, torch_index: str | None) -> None:
    """Create the venv `target` and install every pin into it, torch first."""
    env_files = selected_env_files(gpu)
    pins = merge_pins(env_files)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(target)], check=True)
    pip = [str(target / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    torch = f"torch=={pins.pop('torch')}"
    run_step(torch, [*pip, *(["--index-url", torch_index] if torch_index else []), torch])
    rest = [f"{package}=={version}" for package, version in sorted(pins.items())]
    run_step(f"{len(rest)} more pinned packages", [*pip, torch, *rest])
    environment = os.environ | {"PATH": f"{target.resolve() / 'bin'}:{os.environ['PATH']}", "VIRTUAL_ENV": str(target)}
    scripts = (env_file.with_name(f"{env_file.stem}.post-deploy.sh") for env_file in env_files)
    for script in sorted({script.resolve() for script in scripts if script.exists()}):  # envs share one by a link
        what = f"{script.name} (compiles fairseq, about five minutes; pip keeps the wheel for the next clone)"
        run_step(what, ["bash", str(script)], environment)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path, help="folder of the virtual environment; emptied first")
    parser.add_argument("--gpu", action="store_true", help="take faiss-gpu instead of faiss-cpu")
    parser.add_argument("--torch-index", metavar="URL", help="package index to take torch from")
    args = parser.parse_args()
    if missing := missing_tools():
        print(f"make env: missing: {'; '.join(missing)}", file=sys.stderr)
        return 1
    try:
        build(args.target, args.gpu, args.torch_index)
    except subprocess.CalledProcessError as error:
        print(f"make env: this failed, see above: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
