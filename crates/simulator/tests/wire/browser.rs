//! The pretend browser with a server that redirects it.

use vestibule_simulator::{Browser, BrowserError};

use crate::recorder::Recorder;

const FORM: &str = "<form method=post action='save?x=1'><input type=hidden name=csrf value='a&amp;b'>\
                    <input name=who><button>Save</button></form><a href='/more?a=1&amp;b=2'>More <b>of it</b></a>";

#[tokio::test]
async fn redirects_keep_or_lose_the_body_as_browsers_do() {
    let service = Recorder::start();
    let browser = Browser::new().unwrap();
    service.will_with(200, &[], FORM);
    let page = browser.get(&format!("{}/dir/page", service.url)).await.unwrap();
    service
        .will_with(307, &[("Location", "/again")], "")
        .will_with(303, &[("Location", "/done"), ("Set-Cookie", "__Host-s=1; Secure; Path=/; HttpOnly")], "")
        .will_with(200, &[], FORM);
    let done = browser.press(&page, "Save", &[("who", "Ada L")]).await.unwrap();
    let seen = service.take();
    let lines: Vec<_> = seen[1..].iter().map(|seen| seen.line()).collect();
    assert_eq!(lines, ["POST /dir/save?x=1", "POST /again", "GET /done"]);
    assert_eq!(
        (seen[1].body.as_str(), seen[2].body.as_str()),
        ("csrf=a%26b&who=Ada+L", "csrf=a%26b&who=Ada+L")
    );
    assert_eq!(seen[1].header("origin"), Some(service.url.as_str()));
    assert_eq!(seen[1].header("sec-fetch-site"), Some("same-origin"));
    assert_eq!(seen[0].header("sec-fetch-site"), Some("none"));
    assert_eq!(seen[3].header("cookie"), Some("__Host-s=1"), "loopback is secure to a browser");
    assert_eq!(browser.cookie(&service.url, "__Host-s").as_deref(), Some("1"));

    service.will_with(200, &[], "");
    browser.follow(&done, "More of it").await.unwrap();
    assert_eq!(service.lines(), ["GET /more?a=1&b=2"]);
}

#[tokio::test]
async fn what_a_person_could_not_do_is_an_error() {
    let service = Recorder::start();
    let browser = Browser::new().unwrap();
    service.will_with(200, &[], FORM);
    let page = browser.get(&service.url).await.unwrap();
    let missing = browser.press(&page, "Save", &[("admin", "1")]).await.unwrap_err();
    assert_eq!(missing.to_string(), "no field \"admin\" on the page, which says: 200 Save More of it");
    assert!(matches!(browser.press(&page, "Delete", &[]).await, Err(BrowserError::Missing(..))));
    for _ in 0..30 {
        service.will_with(302, &[("Location", "/round")], "");
    }
    assert!(matches!(browser.get(&service.url).await, Err(BrowserError::TooManyRedirects(_))));
}
