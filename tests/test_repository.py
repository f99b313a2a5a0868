"""What the repository promises about itself: its tree, its tables, its layout."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml

from mlprojects.contract.knobs import KNOBS
from pipelines.environments import Environment
from pipelines.knob_table import knob_table

ROOT = Path(__file__).resolve().parents[1]


def tracked() -> list[str]:
    """The files that Git tracks."""
    done = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).exists()]


def test_the_readme_tree_names_every_file_outside_tests() -> None:
    """The tree in the README has one line for each tracked file, and no other; tests are summed up."""
    tree = (ROOT / "README.md").read_text().split("<!-- tree -->")[1]
    named = {line.split("  ")[0].strip() for line in tree.splitlines() if line.strip() and not line.startswith("```")}
    files = {name for name in tracked() if not name.startswith("tests/")}
    assert named - {"tests/"} == files


def test_links_lead_to_files() -> None:
    """Each relative link of a page leads to a file of the repository."""
    for page in (ROOT / name for name in tracked() if name.endswith(".md") and not name.startswith("tests/")):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_knob_table_is_the_generated_one() -> None:
    """docs/knobs.md holds the table that the code has."""
    assert knob_table(KNOBS) in (ROOT / "docs" / "knobs.md").read_text()


def test_no_folder_is_taken_for_a_project_file() -> None:
    """MLflow opens the first name that is "mlproject" in any case: only the file may be called so."""
    for name in tracked():
        for part in Path(name).parts[:-1]:
            assert part.lower() != "mlproject"


def test_project_files_name_real_images_and_knobs() -> None:
    """Each family's project starts from the family's image, and each knob parameter is a knob."""
    names = {knob.name for knob in KNOBS}
    for family in ("sklearn", "keras"):
        project = yaml.safe_load((ROOT / "mlprojects" / family / "MLproject").read_text())
        assert project["docker_env"]["image"] == Environment(family).image.split(":")[0]
        used = re.findall(r"--knob (\w+)=\{(\w+)\}", project["entry_points"]["main"]["command"])
        assert used
        assert all(knob == parameter and knob in names for knob, parameter in used)


def test_no_lock_file_names_a_host() -> None:
    """Lock files hold versions and hashes, no address of a registry."""
    for path in (ROOT / "environments").glob("*/*.lock"):
        text = path.read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
