"""``flet build`` cannot run here: it fetches Flutter. But what it makes of [tool.flet] is decided
by code of its own, which can."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("flet_cli", reason="flet-cli reads the configuration")

from flet_cli.commands import build
from flet_cli.utils.pyproject_toml import load_pyproject_toml
from flet_cli.utils.python_versions import PythonRelease

#: Read by Flet's template, which flet build fetches, and not by flet-cli: the application's
#: attributes in android/app/src/main/AndroidManifest.xml, the minimum in android/app/build.gradle.
OF_THE_TEMPLATE = {
    "tool.flet.android.manifest_application.allowBackup",
    "tool.flet.android.manifest_application.fullBackupContent",
    "tool.flet.android.min_sdk_version",
}
TARGETS = ("apk", "aab", "linux", "windows")


class Packaged(Exception):  # noqa: N818 - a signal, no error
    """Raised in place of the packaging, which would fetch Flutter: what it would have been told."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.arguments, self.environment = arguments, environment


class Build(build.Command):
    """flet build, up to where it would fetch something."""

    def __init__(self, repo: Path, target: str, folder: Path) -> None:
        parser = argparse.ArgumentParser()
        super().__init__(parser)
        self.asked: set[str] = set()
        self.options = parser.parse_args([target, str(repo)])
        self.verbose = 0
        self.target_platform = target
        self.package_platform = self.platforms[target]["package_platform"]
        self.config_platform = self.platforms[target]["config_platform"]
        self.python_app_path = repo
        self.build_dir = folder
        self.flutter_dir = folder / "flutter"
        self.flutter_packages_dir = folder / "flutter-packages"
        self.flutter_packages_temp_dir = folder / "flutter-packages-temp"
        self.dart_exe, self.flutter_exe, self.emojis = "dart", "flutter", {}
        self.out_dir, self.rel_out_dir = folder / "out", "out"
        self.template_digest = ""
        self.python_release = PythonRelease(
            short="3.14",
            standalone="3.14.0",
            pyodide="",
            android_abis=("arm64-v8a", "x86_64"),
            prerelease=False,
        )
        read = load_pyproject_toml(repo)

        def noted(setting: str | None = None) -> Any:
            self.asked.add(setting or "")
            return read(setting)

        self.get_pyproject = noted
        self.validate_entry_point()
        self.setup_template_data()

    def update_status(self, status: str) -> None:
        pass

    def cleanup(self, exit_code: int, message: Any = None, *_: Any, **__: Any) -> None:
        raise AssertionError(f"flet build would have ended with {exit_code}: {message}")

    def run(self, args: list[str], cwd: str, env: Any = None, capture_output: bool = True) -> Any:
        raise Packaged(args, env)

    def packaging(self) -> Packaged:
        """What would be packaged, and how."""
        with pytest.raises(Packaged) as told:
            self.package_python_app()
        return told.value


@pytest.fixture(scope="module")
def builds(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    return {target: Build(repo, target, tmp_path_factory.mktemp(target)) for target in TARGETS}


@pytest.fixture(scope="module")
def packaged(builds: dict[str, Build]) -> dict[str, Packaged]:
    found = {target: made.packaging() for target, made in builds.items()}
    for made in builds.values():
        made.add_flutter_command_args([])
        made._resolve_icon_background()
    return found


def settings(table: dict[str, Any], prefix: str) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from settings(value, f"{prefix}.{name}")
        else:
            yield f"{prefix}.{name}"


def after(arguments: list[str], flag: str) -> list[str]:
    return [arguments[at + 1] for at, word in enumerate(arguments) if word == flag]


def test_flet_reads_every_setting_that_we_wrote(
    repo: Path, builds: dict[str, Build], packaged: dict[str, Packaged]
) -> None:
    asked = {name for made in builds.values() for name in made.asked if name}
    written = settings(load_pyproject_toml(repo)("tool.flet"), "tool.flet")

    unread = [
        name
        for name in written
        if not any(name == read or name.startswith(f"{read}.") for read in asked)
    ]

    assert set(unread) == OF_THE_TEMPLATE


def test_android_is_told_what_the_app_may_and_nothing_more(builds: dict[str, Build]) -> None:
    options = builds["apk"].template_data["options"]

    assert {name for name, given in options["android_permissions"].items() if given is True} == {
        "android.permission.CAMERA",
        "android.permission.INTERNET",
    }
    for film in ("RECORD_AUDIO", "WRITE_EXTERNAL_STORAGE"):
        limit = options["android_permissions"][f"android.permission.{film}"]["maxSdkVersion"]
        assert int(limit) < 24, "a phone that runs this would be asked for it"
    assert options["android_features"]["android.hardware.camera"] is False
    assert options["target_arch"] == ["arm64-v8a", "x86_64"]
    assert builds["apk"].template_data["split_per_abi"] is True


def test_android_packages_are_built_for_each_processor(builds: dict[str, Build]) -> None:
    told: list[str] = []
    builds["apk"].add_flutter_command_args(told)

    assert "--split-per-abi" in told
    assert after(told, "--target-platform") == ["android-arm64,android-x64"]
    assert after(told, "--build-name") == [builds["apk"].get_pyproject("project.version")]


def test_gradle_fits_a_build_machine_with_7_gb(builds: dict[str, Build]) -> None:
    memory = builds["apk"].template_data["options"]["android_gradle_properties"]

    assert "-Xmx4G" in memory["org.gradle.jvmargs"]


def test_signing_comes_from_the_environment_alone(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLET_ANDROID_SIGNING_KEY_STORE", raising=False)
    assert Build(repo, "apk", tmp_path).template_data["options"]["android_signing"] is False

    monkeypatch.setenv("FLET_ANDROID_SIGNING_KEY_STORE", "keys.jks")
    assert Build(repo, "apk", tmp_path).template_data["options"]["android_signing"] is True


@pytest.mark.parametrize("target", TARGETS)
def test_what_developers_need_stays_out_of_every_bundle(
    repo: Path, packaged: dict[str, Packaged], target: str
) -> None:
    left_out = set(after(packaged[target].arguments, "--exclude"))
    inside = {path.name for path in repo.iterdir()} - left_out

    assert inside <= {
        "LICENSE",
        "NOTICE",
        "assets",
        "core",
        "main.py",
        "models",
        "pyproject.toml",
        "storage",
        "ui",
    }


def test_each_platform_gets_what_it_needs_beside_the_rest(
    repo: Path, packaged: dict[str, Packaged]
) -> None:
    read = load_pyproject_toml(repo)
    everywhere = {name.split(">")[0].split("=")[0] for name in read("project.dependencies")}
    extra = {
        target: {
            wanted.split(" ")[0].split(">")[0].split("=")[0]
            for wanted in after(told.arguments, "-r")
        }
        - everywhere
        for target, told in packaged.items()
    }
    decoders = {
        line.split(">")[0]
        for line in read("dependency-groups")["decoders"]
        # No wheel for the bundles' Python, 3.14.
        if "python_version < '3.14'" not in line
    }

    assert extra["apk"] == extra["aab"] == {"pyjnius"}
    assert extra["linux"] == extra["windows"] == decoders


def test_the_icon_becomes_every_size_without_a_complaint(repo: Path) -> None:
    from flet_platform_assets import IconOptions, load_source, parse_hex_color, render_icons

    source, finished = load_source(repo / "assets" / "icon.png")
    colour = load_pyproject_toml(repo)("tool.flet.icon_background")
    options = IconOptions(background=parse_hex_color(colour), application_id="org.outpost.outpost")

    made = render_icons(
        source, options, None, platform="android", pre_rendered=finished, derived=True
    )

    assert made.warnings == []
