"""What the other checks share: the keys of config/default.toml as environment variables, and how a check fails."""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEFAULTS = tomllib.loads((ROOT / "config/default.toml").read_text())


def need(condition, sentence):
    if not condition:
        sys.exit(f"{Path(sys.argv[0]).name}: not true: {sentence}")


def check_variable(where, name, value):
    """The variable is a key of config/default.toml, its value has the type of the default. None: a reference to a secret."""
    section, key, *rest = name.removeprefix("VESTIBULE__").lower().split("__")
    need(key in DEFAULTS.get(section, {}), f"{where}: {name} is a key of config/default.toml")
    secret = section == "security" and not key.endswith("_file") or key == "passphrase"
    need((value is None) == secret, f"{where}: {name}: secrets by reference, the rest by value")
    if secret or rest:
        return
    default = DEFAULTS[section][key]
    if isinstance(default, bool):
        need(value in ("true", "false"), f"{where}: {name} is true or false, not {value}")
    elif isinstance(default, int):
        need(value.isdigit(), f"{where}: {name} is a whole number, not {value}")
