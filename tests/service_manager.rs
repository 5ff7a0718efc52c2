//! Tests of `serve` under systemd: what it reports to the service manager, and the socket that it takes from it.

use std::{
    net::TcpListener,
    os::{
        fd::OwnedFd,
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    },
    process::{Child, Command, Stdio},
    time::Duration,
};

use rstest::rstest;

use crate::support::{Backend::Sqlite, Deployment, Fresh, free_port};

/// A `vestibule serve` that is killed when dropped.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The next report. Fails instead of waiting for ever.
fn next(reports: &UnixDatagram) -> String {
    let mut buffer = [0; 256];
    let length = reports.recv(&mut buffer).expect("a report arrives");
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[rstest]
#[case::path(false)]
#[case::abstract_name(true)]
#[actix_web::test]
async fn systemd_gets_ready_alive_and_stopping(#[case] is_abstract: bool) {
    let (database, scratch) = (Fresh::make(Sqlite), tempfile::tempdir().unwrap());
    let (reports, name) = if is_abstract {
        let name = format!("vestibule-test-{}", uuid::Uuid::new_v4());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        (UnixDatagram::bind_addr(&address).unwrap(), format!("@{name}"))
    } else {
        let path = scratch.path().join("notify");
        (UnixDatagram::bind(&path).unwrap(), path.display().to_string())
    };
    reports.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let api = format!("http://127.0.0.1:{}", free_port());
    let child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .arg("serve")
        .env_clear()
        .envs(Deployment::new(database.url(), &api).variables())
        .env("VESTIBULE__SERVER__LISTEN", api.trim_start_matches("http://"))
        .env("NOTIFY_SOCKET", name)
        .env("WATCHDOG_USEC", "600000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut serving = Serving(child);

    assert_eq!(next(&reports), "READY=1");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(
        http.get(format!("{api}/readyz")).send().await.unwrap().status().as_u16(),
        200,
        "ready means ready"
    );
    for _ in 0..3 {
        assert_eq!(next(&reports), "WATCHDOG=1");
    }

    let process = serving.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
    let last = std::iter::repeat_with(|| next(&reports)).find(|report| report != "WATCHDOG=1");
    assert_eq!(last.as_deref(), Some("STOPPING=1"));
    assert_eq!(serving.0.wait().unwrap().code(), Some(0));
}

/// Runs `serve` with this listener as the first of `count` passed sockets. It arrives as standard input, and the shell moves it.
fn serve_on(listener: TcpListener, deployment: &Deployment, count: usize) -> Command {
    let script = format!("exec 3<&0 4<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS={count} exec \"$0\" serve");
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_vestibule")])
        .env_clear()
        .envs(deployment.variables())
        // Nothing can listen there, so the service has to use the socket.
        .env("VESTIBULE__SERVER__LISTEN", "192.0.2.1:1")
        .stdin(OwnedFd::from(listener))
        .stdout(Stdio::null());
    command
}

#[actix_web::test]
async fn it_serves_on_the_socket_that_systemd_passes() {
    let database = Fresh::make(Sqlite);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let deployment = Deployment::new(database.url(), &api);
    let child =
        serve_on(listener.try_clone().unwrap(), &deployment, 1).stderr(Stdio::null()).spawn().unwrap();
    let serving = Serving(child);
    // The socket is bound all the time: the request waits for the service, and for its successor.
    let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    assert_eq!(http.get(format!("{api}/readyz")).send().await.unwrap().status().as_u16(), 200);
    drop(serving);
    let next = tokio::spawn(http.get(format!("{api}/readyz")).send());
    let _serving = Serving(serve_on(listener, &deployment, 1).stderr(Stdio::null()).spawn().unwrap());
    assert_eq!(next.await.unwrap().unwrap().status().as_u16(), 200);
}

#[test]
fn two_sockets_are_refused_by_a_sentence() {
    let database = Fresh::make(Sqlite);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let deployment = Deployment::new(database.url(), "http://127.0.0.1:1");
    let output = serve_on(listener, &deployment, 2).stderr(Stdio::piped()).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("systemd passed 2 sockets"), "{complaint}");
}
