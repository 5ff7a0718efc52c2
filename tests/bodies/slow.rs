//! A body that arrives too slowly is answered with 408, and its connection is closed.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use vestibule_core::sets::OperatorScopes;

use super::Wire;
use crate::support::{Backend, House};

/// Sends `piece` repeatedly until the server closes the connection; returns the status of the first status line.
async fn drip(mut wire: Wire, piece: &str) -> Option<u16> {
    let mut answered = None;
    // Many more times than any limit of these tests allows.
    for _ in 0..1200 {
        if wire.0.write_all(piece.as_bytes()).await.is_err() {
            return answered;
        }
        match tokio::time::timeout(Duration::from_millis(50), wire.0.readable()).await {
            Err(_) => continue,
            Ok(readable) => readable.unwrap(),
        }
        let mut buffer = [0; 4096];
        match wire.0.try_read(&mut buffer) {
            Ok(0) => return answered,
            Ok(_) if answered.is_none() => {
                let head = String::from_utf8_lossy(&buffer).into_owned();
                answered = head.split(' ').nth(1).map(|status| status.parse().unwrap());
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return answered,
        }
    }
    panic!("the connection is still open");
}

fn lines(content_type: &str, more: &[&str]) -> Vec<String> {
    let content_type = format!("Content-Type: {content_type}");
    [content_type.as_str()].iter().chain(more).map(|line| (*line).to_owned()).collect()
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn a_body_that_drips_is_answered_408_at_every_door_that_reads_one() {
    actix_web::rt::System::new().block_on(async {
        let settings = [("SERVER__BODY_SECONDS", "1"), ("OAUTH__REGISTRATION", "true")];
        let house = House::start_with(Backend::Sqlite, &settings).await;
        let room = house.room("Acme").await;
        let now = house.state.now();
        let key = house
            .write(move |conn| {
                vestibule_store::access::operator_keys::issue(
                    conn,
                    "Terraform",
                    OperatorScopes::ReadWrite,
                    None,
                    now,
                )
                .unwrap()
                .1
            })
            .await;
        let scim = format!("/api/scim/v2/{}", room.workspace);
        let bearer = format!("Authorization: Bearer {}", room.token);
        let operator = format!("Authorization: Bearer {key}");
        let large = "Content-Length: 60000";
        let small = "Content-Length: 9000";
        let mut doors: Vec<(String, Vec<String>)> = vec![
            (format!("{scim}/Users"), lines("application/scim+json", &[&bearer, large])),
            (format!("{scim}/Users"), lines("application/scim+json", &[&bearer, small])),
            (format!("{scim}/Bulk"), lines("application/scim+json", &[&bearer, large])),
            (format!("{scim}/.search"), lines("application/scim+json", &[&bearer, small])),
            ("/api/v1/workspaces".to_owned(), lines("application/json", &[&operator, large])),
            ("/oauth/register".to_owned(), lines("application/json", &[small])),
            ("/api/okta/signals".to_owned(), lines("application/secevent+jwt", &[large])),
        ];
        for path in [
            "/auth",
            "/auth/test",
            "/auth/sign-out",
            "/oauth/token",
            "/oauth/introspect",
            "/oauth/revoke",
            "/oauth/logout",
            "/oauth/authorize",
            "/api/okta/scim/oauth/authorize",
            "/api/okta/oidc/backchannel-logout",
        ] {
            doors.push((path.to_owned(), lines(FORM, &[large])));
        }
        let opened = doors.iter().map(async |(path, lines)| {
            let mut wire = Wire::open(&house).await;
            wire.request("POST", path, lines).await;
            (path, drip(wire, "a").await)
        });
        for (path, answered) in futures_util::future::join_all(opened).await {
            assert_eq!(answered, Some(408), "{path}");
        }
    });
}

#[test]
fn a_body_below_the_least_rate_is_answered_408_long_before_its_deadline() {
    actix_web::rt::System::new().block_on(async {
        let settings = [
            ("SERVER__BODY_SECONDS", "3600"),
            ("SERVER__BODY_GRACE_SECONDS", "1"),
            ("SERVER__BODY_BYTES_PER_SECOND", "100000"),
        ];
        let house = House::start_with(Backend::Sqlite, &settings).await;
        let mut wire = Wire::open(&house).await;
        wire.request("POST", "/auth", &lines(FORM, &["Content-Length: 60000"])).await;
        assert_eq!(drip(wire, "a").await, Some(408));
        // A body that arrives at once is accepted.
        let mut wire = Wire::open(&house).await;
        wire.request("POST", "/auth", &lines(FORM, &["Content-Length: 60000"])).await;
        wire.send("a".repeat(60_000)).await;
        assert_eq!(wire.status().await, 422);
    });
}

#[test]
fn a_body_that_nobody_reads_does_not_keep_its_connection() {
    actix_web::rt::System::new().block_on(async {
        let house = House::start(Backend::Sqlite).await;
        for (method, path, expected) in [
            ("GET", "/healthz", 200),
            ("POST", "/healthz", 405),
            ("POST", "/nothing", 404),
            ("GET", "/auth", 200),
        ] {
            let mut chunked = Wire::open(&house).await;
            chunked.request(method, path, &lines(FORM, &["Transfer-Encoding: chunked"])).await;
            assert_eq!(drip(chunked, "1\r\na\r\n").await, Some(expected), "{method} {path}");
            let mut sized = Wire::open(&house).await;
            sized.request(method, path, &lines(FORM, &["Content-Length: 60000"])).await;
            assert_eq!(drip(sized, "a").await, Some(expected), "{method} {path}");
        }
    });
}

#[test]
fn a_connection_ends_whose_next_head_drips() {
    actix_web::rt::System::new().block_on(async {
        let settings = [("SERVER__HEAD_SECONDS", "1"), ("SERVER__KEEP_ALIVE_SECONDS", "1")];
        let house = House::start_with(Backend::Sqlite, &settings).await;
        let mut first = Wire::open(&house).await;
        first.send("GET /healthz HTTP/1.1\r\nX: ").await;
        assert_eq!(drip(first, "a").await, Some(408));
        let mut next = Wire::open(&house).await;
        next.request("GET", "/healthz", &[]).await;
        next.send("GET /healthz HTTP/1.1\r\nX: ").await;
        assert_eq!(drip(next, "a").await, Some(200));
    });
}

#[test]
fn an_address_has_so_many_connections_and_no_more() {
    actix_web::rt::System::new().block_on(async {
        let settings = [
            ("RATE_LIMITS__ENABLED", "true"),
            ("RATE_LIMITS__CONNECTIONS_PER_ADDRESS", "3"),
            ("RATE_LIMITS__TRUSTED_PROXIES", "192.0.2.1"),
        ];
        let house = House::start_with(Backend::Sqlite, &settings).await;
        let mut open = Vec::new();
        for _ in 0..3 {
            let mut wire = Wire::open(&house).await;
            wire.request("GET", "/healthz", &[]).await;
            assert_eq!(wire.status().await, 200);
            open.push(wire);
        }
        Wire::open(&house).await.closed().await;
        // After one connection closes, one new connection is accepted. The server notices the end when it reads it.
        open.pop();
        let mut answered = false;
        for _ in 0..300 {
            let mut wire = Wire::open(&house).await;
            if wire.0.write_all(b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n").await.is_ok()
                && wire.byte().await.is_some()
            {
                answered = true;
                break;
            }
        }
        assert!(answered, "a connection that ended still counts");

        for proxy in [
            ("RATE_LIMITS__CLIENT_IP_HEADER", "x-real-ip"),
            ("RATE_LIMITS__TRUSTED_PROXIES", "127.0.0.1 ::1"),
        ] {
            let house = House::start_with(Backend::Sqlite, &[&settings[..], &[proxy]].concat()).await;
            let mut open = Vec::new();
            for _ in 0..10 {
                let mut wire = Wire::open(&house).await;
                wire.request("GET", "/healthz", &[]).await;
                assert_eq!(wire.status().await, 200, "a proxy is not counted: {proxy:?}");
                open.push(wire);
            }
        }
    });
}
