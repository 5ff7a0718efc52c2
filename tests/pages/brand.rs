//! The vendor's brand on pages, and the static files.

use reqwest::Method;
use rstest::rstest;
use vestibule_simulator::Browser;

use super::furnished;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House,
};

/// An SVG whose script would run if it was a page.
const HOSTILE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

#[actix_web::test]
async fn every_page_has_the_vendor_s_name_logo_and_links() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, HOSTILE).unwrap();
    let settings = [
        ("BRAND__NAME", "North & <Wind>"),
        ("BRAND__LOGO", logo.to_str().unwrap()),
        ("BRAND__ACCENT", "#006b3c"),
        ("BRAND__SUPPORT_URL", "mailto:help@northwind.example"),
        ("BRAND__HELP_URL", "https://docs.northwind.example/"),
    ];
    let house = House::start_with(Sqlite, &settings).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    for path in
        ["/auth", "/nothing", "/setup/nothing", "/account", "/people", "/integrations/okta", "/people/x"]
    {
        let page = browser.get(&house.url(path)).await.unwrap();
        assert!(page.title().ends_with(" · North & <Wind>"), "{path}: {}", page.title());
        let words = page.text().replace("Vestibule/", "");
        assert!(!words.contains("Vestibule"), "{path}: {words}");
        assert!(!words.contains("region us"), "{path} names the only region: {words}");
        for (text, href) in
            [("Support", "mailto:help@northwind.example"), ("Help", "https://docs.northwind.example/")]
        {
            assert!(page.links().iter().any(|link| link.text == text && link.href == href), "{path}: {text}");
        }
    }
    let style = house.http.get(house.url("/assets/brand.css")).send().await.unwrap().text().await.unwrap();
    assert!(style.contains("--accent:light-dark(#006b3c,"), "{style}");
    let logo = house.http.get(house.url("/assets/logo")).send().await.unwrap();
    let header = |name: &str| logo.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/svg+xml");
    assert!(header("content-disposition").starts_with("attachment"), "a browser would open it");
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.ends_with("sandbox"), "{policy}");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(logo.text().await.unwrap(), HOSTILE);
}

#[actix_web::test]
async fn a_deployment_with_several_regions_names_its_own() {
    let settings = [("REGION__OTHERS__EU", "https://eu.api.example.com"), ("BRAND__SHOW_VESTIBULE", "true")];
    let house = House::start_with(Sqlite, &settings).await;
    let page = Browser::new().unwrap().get(&house.url("/auth")).await.unwrap();
    assert!(page.text().contains("region us"), "{}", page.text());
    assert!(page.text().ends_with("Vestibule"), "{}", page.text());
}

#[test]
fn a_brand_that_can_t_be_used_is_refused_by_its_key() {
    let database = Fresh::make(Sqlite);
    for (key, value, says) in [
        ("BRAND__ACCENT", "#ffcc00", "the nearest color that passes is #"),
        ("BRAND__LOGO", "/nowhere/logo.svg", "brand.logo names /nowhere/logo.svg, which cannot be read"),
        (
            "BRAND__SUPPORT_URL",
            "javascript:alert(1)",
            "brand.support_url must be empty, or begin with https://",
        ),
        ("BRAND__NAME", "", "brand.name must be 1 to 60 characters"),
    ] {
        let deployment = Deployment::new(database.url(), "http://127.0.0.1:8080").with(key, value);
        let refused = deployment.command(&["check-config"], "");
        let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && complaint.contains(says), "{key}={value}: {complaint}");
    }
}

/// The addresses of the static files of a page.
fn assets(html: &str) -> Vec<&str> {
    let quoted = html.split('"').filter(|text| text.starts_with("/assets/"));
    quoted.map(|address| address.split('#').next().unwrap()).collect()
}

#[rstest]
#[actix_web::test]
async fn the_assets_are_our_own_small_and_stored_for_a_year(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let page = Browser::new().unwrap().get(&house.url("/auth")).await.unwrap();
    let found = assets(&page.html);
    assert!(found.len() >= 4, "{found:?}");
    for path in found {
        let get =
            |name: &'static str, value: String| house.http.get(house.url(path)).header(name, value).send();
        let answer = get("accept-encoding", "identity".to_owned()).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable", "{path}");
        let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
        let plain = answer.bytes().await.unwrap();
        let most = match path.rsplit('.').next().unwrap() {
            "css" => 30 * 1024,
            "js" => 6 * 1024,
            _ => 20 * 1024,
        };
        assert!(plain.len() < most, "{path} has {} bytes", plain.len());
        let text = String::from_utf8_lossy(&plain).replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("http://") && !text.contains("https://"), "{path} asks somebody else");
        assert_eq!(get("if-none-match", tag).await.unwrap().status(), 304, "{path}");
        let packed = get("accept-encoding", "gzip".to_owned()).await.unwrap();
        if path.ends_with("vestibule.css") || path.ends_with(".js") {
            assert_eq!(packed.headers()["content-encoding"], "gzip", "{path}");
            assert!(packed.bytes().await.unwrap().len() * 4 < plain.len() * 3, "{path}");
        }
        // The file of another version is stored for a moment only.
        let (_, file) = path.trim_start_matches("/assets/").split_once('/').unwrap();
        let other = house
            .http
            .get(house.url(&format!("/assets/vestibule.000000000000/{file}")))
            .send()
            .await
            .unwrap();
        assert_eq!(other.headers()["cache-control"], "public, max-age=300", "{path}");
        assert_eq!(other.bytes().await.unwrap(), plain, "{path}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_head_is_answered_like_a_get(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, _, browser, _) = furnished(backend, true).await;
    for path in ["/auth", "/assets/vestibule.css", "/nothing", "/.well-known/openid-configuration"] {
        let get = house.http.get(house.url(path)).send().await.unwrap();
        let head = house.http.request(Method::HEAD, house.url(path)).send().await.unwrap();
        assert_eq!(head.status(), get.status(), "{path}");
        for name in ["content-type", "content-length", "cache-control", "content-security-policy"] {
            assert_eq!(head.headers().get(name), get.headers().get(name), "{path}: {name}");
        }
        assert!(head.bytes().await.unwrap().is_empty(), "{path}");
    }
    // A GET that uses something up is not one that a HEAD may stand for.
    let arrive = house.http.request(Method::HEAD, house.url("/auth/arrive")).send().await.unwrap();
    assert_eq!((arrive.status().as_u16(), &arrive.headers()["allow"]), (405, &"GET".parse().unwrap()));
    assert_eq!(browser.get(&house.url("/people")).await.unwrap().status, 200);
}
