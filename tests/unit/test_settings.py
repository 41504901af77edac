from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from youju.errors import InvalidRequest
from youju.settings import Settings, load_settings, settings_table


def test_variables_win_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "youju.toml"
    file.write_text('top_k = 3\nport = 9000\ngenerator = "transformers"\n')
    monkeypatch.setitem(Settings.model_config, "toml_file", file)
    monkeypatch.setenv("YOUJU_PORT", "9100")
    settings = load_settings(host="0.0.0.0")
    assert (settings.top_k, settings.port, settings.generator, settings.host) == (3, 9100, "transformers", "0.0.0.0")


@pytest.mark.parametrize(("name", "value"), [("YOUJU_PORT", "99999"), ("YOUJU_GENERATOR", "gpt"), ("YOUJU_TOP_K", "many")])
def test_a_wrong_value_names_the_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidRequest, match=name):
        load_settings()


@pytest.mark.parametrize(("name", "advice"), [("topk", "`top_k`?"), ("YOUJU_PORT", "`port`?"), ("xyzzy", "settings.md")])
def test_an_unknown_name_in_the_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, advice: str
) -> None:
    file = tmp_path / "youju.toml"
    file.write_text(f"{name} = 3\n")
    monkeypatch.setitem(Settings.model_config, "toml_file", file)
    with pytest.raises(InvalidRequest, match=f"`{name}` in youju.toml is no setting") as caught:
        load_settings()
    assert advice in caught.value.advice


@pytest.mark.parametrize(
    ("name", "advice"),
    [("YOUJU_REQUIRE_KEY", "YOUJU_REQUIRE_KEYS"), ("youju_top_kk", "YOUJU_TOP_K"), ("YOUJU_XYZ", "settings.md")],
)
def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, advice: str) -> None:
    monkeypatch.setenv(name, "true")
    with pytest.raises(InvalidRequest, match=f"^{name} is no setting") as caught:
        load_settings()
    assert advice in caught.value.advice


def test_variables_of_others_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_settings()
    for name in ("YOUJU_TEST_SEED", "YOUJU_SERVICE_HOST", "YOUJU_SERVICE_PORT_HTTP", "YOUJU_PORT_8000_TCP_ADDR", "YOUJUX"):
        monkeypatch.setenv(name, "10.0.0.1")
    assert load_settings() == before


def test_a_broken_file_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "youju.toml"
    file.write_text("top_k = = 3\n")
    monkeypatch.setitem(Settings.model_config, "toml_file", file)
    with pytest.raises(InvalidRequest, match=r"youju\.toml cannot be read"):
        load_settings()


def test_the_documentation_is_the_code() -> None:
    assert settings_table() in (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
