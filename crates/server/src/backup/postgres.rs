//! Runs `pg_dump` and `pg_restore`, and checks their version first. The password goes into their environment, never into their
//! arguments, which other users of the machine can read.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use vestibule_store::db::snapshot;
use vestibule_web::config::Config;

/// Path of a program: in `backup.postgres_programs` or found by `PATH`.
fn program(config: &Config, name: &str) -> String {
    match config.backup.postgres_programs.as_str() {
        "" => name.to_owned(),
        folder => Path::new(folder).join(name).display().to_string(),
    }
}

/// Checks that the program exists and is not older than the server.
fn check(config: &Config, name: &str, server: i64) -> anyhow::Result<String> {
    let path = program(config, name);
    let hint = "install the client programs of PostgreSQL, or set backup.postgres_programs to their folder";
    let output = Command::new(&path)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {path}; {hint}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = major(&text).with_context(|| format!("{path} --version prints no version"))?;
    if version < server {
        bail!("{path} has version {version} and the server {server}, which is newer; {hint}");
    }
    Ok(path)
}

/// The major version in `pg_dump (PostgreSQL) 15.4 (Debian …)`.
fn major(text: &str) -> Option<i64> {
    let word = text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    word.split(|digit: char| !digit.is_ascii_digit()).next()?.parse().ok()
}

fn command(config: &Config, path: &str) -> anyhow::Result<Command> {
    let url = config.database.url.expose_secret().parse()?;
    let (url, password) = snapshot::without_password(&url);
    let mut command = Command::new(path);
    command.arg(format!("--dbname={url}"));
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VESTIBULE__") {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Writes a dump of the database, in the custom format of `pg_dump`: one snapshot, while the service runs.
pub(crate) fn dump(config: &Config, server: i64, out: &mut impl Write) -> anyhow::Result<()> {
    let path = check(config, "pg_dump", server)?;
    let mut child = command(config, &path)?
        .args(["--format=custom", "--no-owner", "--no-privileges", "--no-password"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {path}"))?;
    let copied = match child.stdout.take() {
        Some(mut output) => std::io::copy(&mut output, out),
        None => Ok(0),
    };
    ended(child, "pg_dump", copied)
}

/// Reads a dump without a database: the whole file is decompressed and parsed.
pub(crate) fn read_back(config: &Config, server: i64, input: &mut impl Read) -> anyhow::Result<()> {
    let path = check(config, "pg_restore", server)?;
    let child = Command::new(&path)
        .arg("--file=/dev/null")
        .stdin(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {path}"))?;
    feed(child, "pg_restore", input)
}

/// Restores a dump in one transaction.
pub(crate) fn restore(config: &Config, server: i64, input: &mut impl Read) -> anyhow::Result<()> {
    let path = check(config, "pg_restore", server)?;
    let child = command(config, &path)?
        .args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"])
        .stdin(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {path}"))?;
    feed(child, "pg_restore", input)
}

/// Copies the input into a program. If the input fails, the program is killed before it can see an end, so it commits nothing.
fn feed(mut child: Child, name: &str, input: &mut impl Read) -> anyhow::Result<()> {
    let Some(mut pipe) = child.stdin.take() else { bail!("{name} has no input") };
    let mut buffer = vec![0; 65_536];
    let copied = loop {
        let read = match input.read(&mut buffer) {
            Ok(0) => break Ok(0),
            Ok(read) => read,
            Err(error) => {
                let _ = child.kill();
                break Err(error);
            }
        };
        // A program that ended early is judged by its exit status.
        if pipe.write_all(buffer.get(..read).unwrap_or_default()).is_err() {
            break Ok(0);
        }
    };
    drop(pipe);
    ended(child, name, copied)
}

fn ended(mut child: Child, name: &str, copied: std::io::Result<u64>) -> anyhow::Result<()> {
    if copied.is_err() {
        let _ = child.kill();
    }
    let status = child.wait().with_context(|| format!("cannot wait for {name}"))?;
    copied?;
    if !status.success() {
        bail!("{name} failed ({status}); its own message is above");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn versions_of_programs_are_read() {
        for (text, version) in [
            ("pg_dump (PostgreSQL) 15.4 (Debian 15.4-1)", Some(15)),
            ("pg_dump (PostgreSQL) 17rc1", Some(17)),
            ("pg_dump", None),
        ] {
            assert_eq!(major(text), version);
        }
    }
}
