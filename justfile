# What people do here. `just` lists them; https://just.systems says how to install it.

# List the recipes.
default:
    @just --list

# Install what the tests need (Debian and Ubuntu).
prepare:
    tests/run --prepare

# Compile one crate without linking: `just check scim`.
check crate:
    cargo check -p {{ if crate == "server" { "vestibule" } else { "vestibule-" + crate } }} --all-targets

# The fast loop: unit tests of one crate, no database server.
unit crate:
    cargo nextest run -p vestibule-{{ crate }}

# The black-box tests whose names contain FILTER, on SQLite alone.
sqlite filter="":
    cargo nextest run -p vestibule --test black_box -E 'test(/_Sqlite$/) & test(/{{ filter }}/)'

# Tests on both databases; starts a PostgreSQL of its own. Arguments go to the runner: `just test scim`.
test *args:
    tests/run {{ args }}

# Format and lint as CI does.
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets --locked -- -D warnings

# The CPU of requests on both databases, compared with another binary: `just bench --before PATH`.
bench *args:
    cargo build --release --locked
    tests/bench/run --binary target/release/vestibule {{ args }}

# Check the chart, the compose file, the image and the units.
deploy:
    deploy/check

# Make the documentation site in target/site.
site:
    docs/site/build

# Everything CI runs.
ci:
    .ci/run

# The service with a pretend Okta, to click through.
demo:
    cargo run -- demo

# Generate the migrations of both databases from migrations/source.
migrations:
    VESTIBULE_WRITE_MIGRATIONS=1 cargo nextest run -p vestibule --test black_box -E 'test(/migrations::both_databases/)'

# Take the pictures of docs/screenshots again.
screenshots:
    tests/run --screenshots
