//! The real binary as a process, for tests that need processes: several nodes, kill -9, exit codes.

use std::{
    io::Write,
    net::TcpListener,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// The environment of one deployment: every process started with it shares database and key.
#[derive(Clone)]
pub struct Deployment {
    variables: Vec<(String, String)>,
}

/// A running `vestibule serve`, killed when dropped.
pub struct Process {
    child: Child,
    log: std::fs::File,
    pub api: String,
}

impl Deployment {
    /// A deployment on a database. `api` is the origin in tokens and URLs, whichever node is called.
    pub fn new(database_url: &str, api: &str) -> Self {
        let variables = [
            ("DATABASE__URL", database_url),
            ("REGION__NAME", "us"),
            ("REGION__API_URL", api),
            ("REGION__APP_URL", api),
            ("SECURITY__SEALING_KEY", &vestibule_web::crypto::seal::generate_key().unwrap()),
            ("OKTA__ALLOW_INSECURE_ISSUERS", "true"),
            ("RATE_LIMITS__ENABLED", "false"),
            ("DATABASE__POOL_SIZE", "4"),
            // The machine may be busy with other tests.
            ("DATABASE__WAIT_SECONDS", "60"),
            ("DATABASE__LOCK_SECONDS", "60"),
            ("DATABASE__STATEMENT_SECONDS", "120"),
            ("DATABASE__ANSWER_SECONDS", "120"),
            ("DATABASE__SCAN_MILLISECONDS", "60000"),
            ("SERVER__WORKERS", "1"),
            ("LOG__LEVEL", "warn"),
        ]
        .map(|(name, value)| (format!("VESTIBULE__{name}"), value.to_owned()));
        Self { variables: variables.to_vec() }
    }

    /// Adds a setting, named as its environment variable without `VESTIBULE__`.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((format!("VESTIBULE__{name}"), value.to_owned()));
        self
    }

    /// Adds an environment variable that is no setting.
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same deployment with a new sealing key; its key becomes a retired one.
    pub fn rekeyed(mut self, key: &str) -> Self {
        let name = "VESTIBULE__SECURITY__SEALING_KEY";
        let place = self.variables.iter().rposition(|(known, _)| known == name).unwrap();
        let former = std::mem::replace(&mut self.variables[place].1, key.to_owned());
        self.with("SECURITY__RETIRED_SEALING_KEYS", &former)
    }

    /// The sealer of its configuration.
    pub fn sealer(&self) -> vestibule_web::crypto::seal::Sealer {
        let config = vestibule_web::config::load(None, self.variables.clone().into_iter()).unwrap();
        vestibule_web::crypto::seal::Sealer::configured(&config.security).unwrap()
    }

    /// Starts a command without waiting for its end.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.spawn(arguments, Stdio::null())
    }

    /// Its environment variables.
    pub fn variables(&self) -> Vec<(String, String)> {
        self.variables.clone()
    }

    /// Runs one command with `--json`.
    pub fn command(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self.spawn(arguments, Stdio::piped());
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed; returns its JSON.
    pub fn run(&self, arguments: &[&str], input: &str) -> Value {
        let output = self.command(arguments, input);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?} printed no JSON"))
    }

    /// Starts a command and does not wait for it.
    pub fn begin(&self, arguments: &[&str]) -> Running {
        Running(self.spawn(arguments, Stdio::null()))
    }

    /// Starts a node on a free port and waits until it is ready.
    pub async fn serve(&self) -> Process {
        let port = free_port();
        self.serve_on(port).await
    }

    /// Starts a node on this port and waits until it is ready.
    pub async fn serve_on(&self, port: u16) -> Process {
        let listen = format!("127.0.0.1:{port}");
        let mut node = self.clone();
        node.variables.push(("VESTIBULE__SERVER__LISTEN".to_owned(), listen.clone()));
        // The log goes to a file, because a full pipe that nobody reads would stop the node.
        let log = tempfile::tempfile().unwrap();
        let stderr = Stdio::from(log.try_clone().unwrap());
        let child = node.launch(&["serve"], [Stdio::null(), Stdio::null(), stderr]);
        let process = Process { child, log, api: format!("http://{listen}") };
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let late = Instant::now() + Duration::from_secs(30);
        loop {
            match http.get(format!("{}/readyz", process.api)).send().await {
                Ok(answer) if answer.status().is_success() => return process,
                _ if Instant::now() > late => panic!("the node on {listen} does not become ready"),
                _ => actix_web::rt::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn spawn(&self, arguments: &[&str], stdin: Stdio) -> Child {
        self.launch(arguments, [stdin, Stdio::piped(), Stdio::piped()])
    }

    fn launch(&self, arguments: &[&str], [stdin, stdout, stderr]: [Stdio; 3]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("--json")
            .args(arguments)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(self.variables.clone())
            .stdin(stdin)
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .unwrap()
    }
}

/// A command that runs.
pub struct Running(Child);

impl Running {
    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Kills it with SIGKILL.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits for it.
    pub fn output(self) -> Output {
        self.0.wait_with_output().unwrap()
    }
}

impl Process {
    /// Kills the process with SIGKILL, like `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM; returns the exit code and the log.
    pub fn terminate_with_log(mut self) -> (Option<i32>, String) {
        use std::io::{Read, Seek};
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut log = String::new();
        self.log.rewind().unwrap();
        self.log.read_to_string(&mut log).unwrap();
        (code, log)
    }

    /// Sends SIGTERM; returns the exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A free port.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
