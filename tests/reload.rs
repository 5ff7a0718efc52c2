//! SIGHUP: log level, rate limits and brand are taken up from the configuration file without a restart; a broken file changes nothing.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Backend::Sqlite, Deployment, Fresh, free_port};

/// A service with a configuration file, killed when dropped.
struct Service {
    child: Child,
    folder: tempfile::TempDir,
    api: String,
    http: reqwest::Client,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file: name and accent of the brand, the level of the log, and how many requests of one address at once.
fn settings(name: &str, accent: &str, level: &str, burst: u32) -> String {
    format!(
        "[brand]\nname = \"{name}\"\naccent = \"{accent}\"\n[log]\nlevel = \"{level}\"\n[rate_limits]\nenabled = true\n\
         address_per_second = 1\naddress_burst = {burst}\n"
    )
}

impl Service {
    async fn start(database: &Fresh, text: &str) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let api = format!("http://127.0.0.1:{port}");
        let of_file = ["VESTIBULE__RATE_LIMITS__", "VESTIBULE__LOG__", "VESTIBULE__BRAND__"];
        let variables = Deployment::new(database.url(), &api).variables();
        let variables =
            variables.into_iter().filter(|(name, _)| !of_file.iter().any(|of| name.starts_with(of)));
        std::fs::write(folder.path().join("file.toml"), text).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["serve", "--config"])
            .arg(folder.path().join("file.toml"))
            .env_clear()
            .envs(variables)
            .env("VESTIBULE__SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("VESTIBULE__LOG__FORMAT", "json")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let service = Self { child, folder, api, http };
        while service.http.get(format!("{}/readyz", service.api)).send().await.is_err() {
            pause().await;
        }
        service
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.folder.path()).join(name)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    /// Writes the file, sends SIGHUP, and waits until the log has one more line of this kind.
    async fn reload(&self, text: &str, message: &str) {
        std::fs::write(self.path("file.toml"), text).unwrap();
        let line = format!("\"message\":\"{message}\"");
        let before = self.log().matches(&line).count();
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
        for _ in 0..500 {
            if self.log().matches(&line).count() > before {
                return;
            }
            pause().await;
        }
        panic!("no {message} in:\n{}", self.log());
    }

    /// The brand's name on the page for signing in.
    async fn title(&self) -> String {
        let page = self.http.get(format!("{}/auth", self.api)).send().await.unwrap().text().await.unwrap();
        page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned()
    }

    /// Statuses of requests to SCIM with a credential that is none.
    async fn wrong(&self, times: usize) -> Vec<u16> {
        let mut statuses = Vec::new();
        for _ in 0..times {
            let workspace = "00000000-0000-7000-8000-000000000001";
            let request = self.http.get(format!("{}/api/scim/v2/{workspace}/Users", self.api));
            statuses.push(request.bearer_auth("nothing").send().await.unwrap().status().as_u16());
        }
        statuses
    }
}

async fn pause() {
    actix_web::rt::time::sleep(Duration::from_millis(20)).await;
}

#[actix_web::test]
async fn sighup_takes_up_level_limits_and_brand() {
    let database = Fresh::make(Sqlite);
    let service = Service::start(&database, &settings("Orbit", "#3a4fd8", "warn", 1000)).await;
    assert!(service.title().await.contains("Orbit"), "{}", service.title().await);
    assert_eq!(service.wrong(5).await, [401; 5]);
    assert!(!service.log().contains("request.answered"), "the level is warn");

    service.reload(&settings("Comet", "#3a4fd8", "info", 1), "config.reloaded").await;
    assert!(service.log().contains("config.reloaded"));
    let statuses = service.wrong(4).await;
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(service.log().contains("request.answered"), "the level is info");
    // Pages count for the address, too.
    service.reload(&settings("Comet", "#3a4fd8", "info", 1000), "config.reloaded").await;
    assert!(service.title().await.contains("Comet"), "{}", service.title().await);

    // Each of these files is refused as a whole; what runs goes on.
    for broken in [
        "[brand\n".to_owned(),
        settings("Moon", "#ffff00", "error", 1),
        settings("Moon", "#3a4fd8", "warn,a=b=c", 1),
        settings("Moon", "#3a4fd8", "error", 0),
    ] {
        service.reload(&broken, "config.not_reloaded").await;
        assert!(service.title().await.contains("Comet"), "{broken}: {}", service.title().await);
        assert_eq!(service.wrong(3).await, [401; 3], "{broken}");
    }
    assert!(service.log().contains("brand.accent"), "the reason is in the log:\n{}", service.log());
}
