//! Clients that others wrote, run against us over HTTP. They must find nothing that their files don't explain.
//! `tests/run` installs them into target/peers and names their Python in `VESTIBULE_TEST_PEERS`.

use std::process::Command;

use crate::support::House;

/// The Python that has them, or nothing when they couldn't be had. In CI that is a failure.
fn python() -> Option<String> {
    let python = std::env::var("VESTIBULE_TEST_PEERS").ok().filter(|path| !path.is_empty());
    if python.is_none() {
        let why = "VESTIBULE_TEST_PEERS names no Python: tests/run sets it, when pip reached its index";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{why}");
        eprintln!("SKIPPED, nothing was tested: {why}");
    }
    python
}

crate::on_both! {
    async fn scim2_tester(backend: Backend) {
        let Some(python) = python() else { return };
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        // It gives people what /Schemas suggests; in a workspace without entitlements, roles through both attributes.
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/conformance.py");
        let mut command = Command::new(python);
        // Isolated: nothing of the user's own Python gets in.
        command.args(["-I", script, &room.scim]).env("SCIM_TOKEN", &room.token);
        let output = actix_web::rt::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let (told, complaint) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        println!("{told}{complaint}");
        assert!(output.status.success(), "{}", told.lines().last().unwrap_or_default());
    }
}
