//! Runs `security.sealing_key_command`, for key managers with a command line, such as Vault or a KMS. The command is run without a shell,
//! for ten seconds at most, and may print 64 KiB. It gets the environment of this process without Vestibule's own variables.

use std::{
    io::Read,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

const NAME: &str = "security.sealing_key_command";
/// Longest time that the command may run.
const TIME: Duration = Duration::from_secs(10);
/// Longest output.
const MOST: u64 = 65_536;

/// Runs the command and returns its output. The error is a sentence without the output.
pub(super) fn run(words: &[String]) -> Result<String, String> {
    run_for(words, TIME)
}

fn run_for(words: &[String], time: Duration) -> Result<String, String> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(format!("{NAME} is empty"));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VESTIBULE__") {
            command.env_remove(name);
        }
    }
    let mut child = command.spawn().map_err(|error| format!("{NAME}: cannot run {program}: {error}"))?;
    let Some(output) = child.stdout.take() else {
        return Err(format!("{NAME}: {program} has no output"));
    };
    let (sender, receiver) = mpsc::channel();
    // Not joined: a process that the command left behind may keep the pipe open.
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let read = output.take(MOST + 1).read_to_end(&mut text).map(|_| text);
        let _ = sender.send(read);
    });
    let read = match receiver.recv_timeout(time) {
        Ok(read) => read.map_err(|error| format!("{NAME}: cannot read the output of {program}: {error}")),
        Err(_) => Err(format!("{NAME}: {program} has not ended its output after {} s", time.as_secs())),
    };
    if read.as_ref().map_or(true, |text| text.len() as u64 > MOST) {
        let _ = child.kill();
        let _ = child.wait();
        read?;
        return Err(format!("{NAME}: {program} prints more than 64 KiB"));
    }
    let status = child.wait().map_err(|error| format!("{NAME}: {program}: {error}"))?;
    if !status.success() {
        return Err(format!("{NAME}: {program} failed ({status}); its own message is in the log above"));
    }
    String::from_utf8(read?).map_err(|_| format!("{NAME}: {program} prints no text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[&str]) -> Vec<String> {
        text.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_command_is_run_without_a_shell() {
        assert_eq!(run(&words(&["printf", "%s", "a $HOME; b"])).unwrap(), "a $HOME; b");
    }

    #[test]
    fn a_command_that_fails_or_never_ends_is_refused() {
        for (command, sentence) in [
            (words(&["/no/such/program"]), "cannot run /no/such/program"),
            (words(&["false"]), "failed"),
            (words(&["cat", "/dev/zero"]), "more than 64 KiB"),
        ] {
            let refusal = run(&command).unwrap_err();
            assert!(refusal.starts_with(NAME) && refusal.contains(sentence), "{refusal}");
        }
        let refusal = run_for(&words(&["sleep", "1000"]), Duration::from_millis(50)).unwrap_err();
        assert!(refusal.contains("has not ended"), "{refusal}");
    }
}
