//! The commands of docs/quickstart.md run as they are written there, and an image made from the program runs it.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::{house::root, support::free_port};

/// The commands of a page: its blocks marked `sh`.
fn commands(page: &str) -> String {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_quickstart_runs() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "curl is missing");
        eprintln!("the quickstart is NOT run: curl is missing");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let page = std::fs::read_to_string(root().join("docs/quickstart.md")).unwrap();
    let script = commands(&page);
    assert!(script.lines().count() > 10 && script.contains("127.0.0.1:8080"), "{script}");
    let program = Path::new(env!("CARGO_BIN_EXE_vestibule")).parent().unwrap();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c"])
        // The port of the page may be taken here. The service ends with the shell, also when a command fails.
        .arg(format!(
            "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{}",
            script.replace("127.0.0.1:8080", &listen)
        ))
        .current_dir(scratch.path())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
        .env("VESTIBULE__SERVER__LISTEN", &listen)
        .env("VESTIBULE__REGION__API_URL", format!("http://{listen}"))
        .env("VESTIBULE__REGION__APP_URL", format!("http://{listen}"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (printed, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}\n{complaint}");
    let statuses: Vec<&str> = printed.lines().filter(|line| line.len() == 3).collect();
    assert_eq!(statuses, ["201", "200", "401"], "{printed}");
    assert!(printed.contains("access_ended"), "{printed}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_image_is_the_same_each_time_and_runs_the_service() {
    let output = Command::new("python3")
        .arg(root().join("deploy/checks/image.py"))
        .arg(env!("CARGO_BIN_EXE_vestibule"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (printed, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{complaint}");
    assert!(printed.starts_with("image: "), "{printed}");
}
