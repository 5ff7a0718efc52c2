//! The comparison with a list of assignments, sent as a file from the page.

use rstest::rstest;
use vestibule_simulator::{Browser, Page};

use super::person;
use crate::{
    scim::{done, patch},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

/// Sends the form with a file, as a browser does.
async fn send(house: &House, browser: &Browser, csrf: &str, file: &[u8]) -> (u16, String) {
    let mut body = Vec::new();
    for (name, value) in [("csrf", csrf), ("days", "90")] {
        let head =
            format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(head.as_bytes());
    }
    body.extend(b"--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--frontier--\r\n");
    let cookie = browser.cookie(&house.api, "vestibule_session").unwrap();
    let answer = house
        .http
        .post(house.url("/drift/compare"))
        .header("content-type", "multipart/form-data; boundary=frontier")
        .header("cookie", format!("vestibule_session={cookie}"))
        .header("origin", &house.api)
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn opened(house: &House, room: &Room) -> (Browser, Page) {
    let ada = room.administrator(house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let page = browser.get(&house.url("/drift")).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    (browser, page)
}

/// The names under a heading of the page.
fn under<'a>(html: &'a str, kind: &str) -> Vec<&'a str> {
    let Some((_, rest)) = html.split_once(&format!("id=\"{kind}\"")) else { return Vec::new() };
    let list = rest.split_once("<ul>").unwrap().1.split_once("</ul>").unwrap().0;
    list.split("<bdi>").skip(1).map(|part| part.split_once("</bdi>").unwrap().0).collect()
}

#[rstest]
#[actix_web::test]
async fn a_file_of_assignments_is_compared(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for name in ["bob", "cat", "dan"] {
        person(&house, &room, name).await;
    }
    let eve = person(&house, &room, "eve").await;
    let off = patch(&serde_json::json!([{ "op": "replace", "value": { "active": false } }]));
    done(&room, "PATCH", &format!("/Users/{eve}"), Some(off)).await;
    let (browser, page) = opened(&house, &room).await;
    let form = page.form_with_button("Compare").unwrap();
    let csrf = form.value("csrf").unwrap().to_owned();
    // A byte order mark, semicolons, a quoted line break; columns in any order.
    let file = "\u{feff}\"Full name\";\"Status\";\"Username\"\r\n\"Ada\r\nthe first\";ACTIVE;ADA@acme.example\r\n\
                Bob;DEPROVISIONED;bob@acme.example\r\nCat;ACTIVE;cat@acme.example\r\nEve;ACTIVE;eve@acme.example\r\n\
                New;ACTIVE;new@acme.example\r\nGone;DEPROVISIONED;gone@acme.example\r\nrow without cells\r\n";
    let (status, html) = send(&house, &browser, &csrf, file.as_bytes()).await;
    assert_eq!(status, 200, "{html}");
    assert_eq!(under(&html, "assigned_not_here"), ["new@acme.example"]);
    assert_eq!(under(&html, "here_not_assigned"), ["dan@acme.example"]);
    assert_eq!(under(&html, "deactivated_there"), ["bob@acme.example"]);
    assert!(html.contains("6 rows were compared") && html.contains("Line 9: "), "{html}");
    // Nothing of it is stored.
    let page = browser.get(&house.url("/drift")).await.unwrap();
    assert!(!page.html.contains("new@acme.example"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn what_is_no_list_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (browser, page) = opened(&house, &room).await;
    let csrf = page.form_with_button("Compare").unwrap().value("csrf").unwrap().to_owned();
    for (file, words) in [
        (&b""[..], "the file is empty"),
        (b"Department\nEngines\n", "no column of the first line names people"),
        (b"\xff\xfe\0L\0o", "the file is in UTF-16"),
    ] {
        let (status, html) = send(&house, &browser, &csrf, file).await;
        assert!(status == 422 && html.contains(words), "{words}: {status} {html}");
    }
    // A name with markup is text.
    let (status, html) = send(&house, &browser, &csrf, b"login\n<script>alert(1)</script>\n").await;
    assert_eq!(status, 200);
    assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "{html}");
    assert!(!html.contains("<script>alert"), "{html}");
    assert_eq!(send(&house, &browser, "wrong", b"login\nada\n").await.0, 403);
    assert_eq!(send(&house, &browser, &csrf, &vec![b'a'; 16_000_001]).await.0, 413);
}
