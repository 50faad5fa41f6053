"""Routing policies as data: read from a file, and refused by name."""

from pathlib import Path

import pytest

from signaling.compose.routing_policies import read_policies
from signaling.compose.service_settings import service_settings
from signaling.config import SettingsError, load
from signaling.domain.routing.policy import DEFAULT_POLICY, PolicyStep

FILE = """
[policies.experts]
steps = [
  { name = "own_county", widest = "county", least_level = 4, post = "handler", expires_after = 20 },
  { name = "general_desk", bureau = "政务服务管理局" },
]
[policies.anybody]
steps = [{ name = "prefecture" }]
[use]
items = { "YB-003" = "experts" }
departments = { "医疗保障局" = "anybody" }
regions = { "533324" = "default" }
"""


def test_a_file_says_what_policies_are_and_who_goes_by_them(tmp_path: Path) -> None:
    file = tmp_path / "policies.toml"
    file.write_text(FILE)
    policies = service_settings(load({"routing_policies": str(file)})).routing.policies
    assert policies.default is DEFAULT_POLICY
    assert policies.of_items["YB-003"].steps == (
        PolicyStep("own_county", "county", least_level=4, post="handler", expires_after=20.0),
        PolicyStep("general_desk", bureau="政务服务管理局"),
    )
    assert policies.of_departments["医疗保障局"].name == "anybody"
    assert policies.of_regions == {"533324": DEFAULT_POLICY}


def test_a_policy_called_default_is_the_one_for_all_others(tmp_path: Path) -> None:
    file = tmp_path / "policies.toml"
    file.write_text('[policies.default]\nsteps = [{ name = "prefecture" }]\n')
    assert read_policies(file).default.steps == (PolicyStep("prefecture"),)
    assert read_policies(None).default is DEFAULT_POLICY


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("policies = [", "is not TOML"),
        ("[policies.x]\nsteps = []", "at policies.x.steps"),
        ('[policies.x]\nsteps = [{ name = "a", widest = "world" }]', "at policies.x.steps.0.widest"),
        ('[policies.x]\nsteps = [{ name = "a", level = 3 }]', "at policies.x.steps.0.level: Extra inputs"),
        ('[policies.x]\nsteps = [{ name = "a" }]\n[use]\nitems = { "YB-003" = "y" }', "has no policy y"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(tmp_path: Path, content: str, sentence: str) -> None:
    file = tmp_path / "policies.toml"
    file.write_text(content)
    with pytest.raises(SettingsError, match=sentence) as refused:
        service_settings(load({"routing_policies": str(file)}))
    assert "setting routing_policies" in str(refused.value)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_policies(tmp_path / "missing.toml")


def test_an_unknown_strategy_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(SettingsError, match=r"routing_strategy: fastest is none of longest_idle,"):
        service_settings(load({"routing_strategy": "fastest"}))
