//! Tests of the rate limit by client address on people's pages, and of the metric that counts their requests, for every page.

use std::collections::BTreeSet;

use rstest::rstest;
use vestibule::serve::routes::{self, Surface};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, free_port,
};

/// Paths of the pages that have no id in them.
fn pages() -> impl Iterator<Item = &'static str> {
    let pages = routes::table().iter().filter(|route| route.surface == Surface::Pages);
    pages.map(|route| route.path.as_str()).filter(|path| !path.contains('{'))
}

/// Number of requests that the metrics have counted for a surface.
async fn counted(house: &House, metrics: u16, door: &str) -> u64 {
    let url = format!("http://127.0.0.1:{metrics}/metrics");
    let text = house.http.get(url).send().await.unwrap().text().await.unwrap();
    let door = format!("door=\"{door}\"");
    let lines = text.lines().filter(|line| line.starts_with("vestibule_http_requests_total{"));
    lines
        .filter(|line| line.contains(&door))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

#[rstest]
#[actix_web::test]
async fn every_page_is_limited_by_address_and_counted_as_a_page(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let metrics = free_port();
    let listen = format!("127.0.0.1:{metrics}");
    let settings = [
        ("RATE_LIMITS__ENABLED", "true"),
        ("RATE_LIMITS__ADDRESS_PER_SECOND", "1"),
        ("RATE_LIMITS__ADDRESS_BURST", "1"),
        ("SERVER__METRICS_LISTEN", listen.as_str()),
    ];
    let house = House::start_with(backend, &settings).await;
    assert!(pages().count() >= 20);
    for path in pages().chain(["/nothing-of-this-name"]) {
        let before = counted(&house, metrics, "pages").await;
        let mut refused = false;
        // The bucket has one token and gets one per second, so almost all of these requests are refused.
        for _ in 0..10 {
            refused |= house.http.get(house.url(path)).send().await.unwrap().status() == 429;
        }
        assert!(refused, "{path} is not limited by address");
        let more = if path == "/nothing-of-this-name" { 0 } else { 10 };
        assert_eq!(counted(&house, metrics, "pages").await, before + more, "{path}");
    }
    for path in ["/healthz", "/readyz", "/assets/vestibule.css", "/.well-known/jwks.json"] {
        for _ in 0..10 {
            assert_eq!(house.http.get(house.url(path)).send().await.unwrap().status(), 200, "{path}");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn addresses_of_one_ipv6_64_share_a_bucket(#[values(Sqlite, Postgres)] backend: Backend) {
    let settings = [
        ("RATE_LIMITS__ENABLED", "true"),
        ("RATE_LIMITS__ADDRESS_PER_SECOND", "1"),
        ("RATE_LIMITS__ADDRESS_BURST", "5"),
        ("RATE_LIMITS__CLIENT_IP_HEADER", "x-real-ip"),
    ];
    let house = House::start_with(backend, &settings).await;
    let status = async |address: String| {
        let request = house.http.get(house.url("/auth")).header("x-real-ip", address);
        request.send().await.unwrap().status().as_u16()
    };
    let mut answered = Vec::new();
    for host in 1..=50 {
        answered.push(status(format!("2001:db8:1:2::{host:x}")).await);
    }
    assert!(answered.contains(&429), "fifty addresses of one /64 are not limited: {answered:?}");
    assert_eq!(status("2001:db8:1:3::1".to_owned()).await, 200, "the next /64 has its own bucket");
    for host in 1..=5 {
        assert_eq!(status(format!("::ffff:192.0.2.{host}")).await, 200, "IPv4 addresses share none");
    }
}

#[test]
fn the_guide_to_forward_auth_sends_every_page_to_vestibule() {
    let guide = include_str!("../docs/forward-auth.md");
    let of_table = routes::table().iter().filter(|route| route.surface == Surface::Pages);
    // `/` is the product's.
    let pages: BTreeSet<&str> =
        of_table.map(|route| route.path.split('/').nth(1).unwrap()).filter(|page| !page.is_empty()).collect();
    for page in &pages {
        assert!(guide.contains(&format!("`/{page}`")) || guide.contains(&format!("`/{page}/`")), "/{page}");
    }
    // Each example of a proxy has one list.
    let lists: Vec<BTreeSet<&str>> = guide
        .split("(auth|")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap().split('|').chain(["auth"]).collect())
        .collect();
    assert_eq!(lists.len(), 3);
    for list in lists {
        assert_eq!(list, pages);
    }
}
