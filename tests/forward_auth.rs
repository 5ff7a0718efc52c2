//! `/api/check` as proxies ask it: by the method and path of the request they hold back, with headers that are always there.

use reqwest::Method;

use crate::support::House;

const TOLD: [&str; 5] = [
    "x-vestibule-user",
    "x-vestibule-workspace",
    "x-vestibule-roles",
    "x-vestibule-entitlements",
    "x-vestibule-scope",
];

crate::on_both! {
    async fn a_proxy_may_ask_by_any_method_and_path(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let grace = room.person("Grace").await;
        let (browser, _) = room.sign_in(&grace).await;
        let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
        for path in ["/api/check", "/api/check/", "/api/check/things/4711?a=1&b=%2F", "/api/check//x/../y"] {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                let asked = || house.http.request(Method::from_bytes(method.as_bytes()).unwrap(), house.url(path));
                let answer = asked().header("cookie", &cookie).header("x-vestibule-roles", "owner").send().await.unwrap();
                assert_eq!(answer.status(), 200, "{method} {path}");
                for name in TOLD {
                    assert!(answer.headers().contains_key(name), "{method} {path} tells {name}");
                }
                assert_eq!(answer.headers()["x-vestibule-roles"], "member");
                assert_eq!(answer.headers()["cache-control"], "no-store");
                let answer = asked().header("x-vestibule-user", "evil").send().await.unwrap();
                assert_eq!(answer.status(), 401, "{method} {path}");
                assert!(TOLD.iter().all(|name| !answer.headers().contains_key(*name)), "{method} {path}");
            }
        }
        assert_eq!(house.http.get(house.url("/api/checks")).send().await.unwrap().status(), 404);
    }
}
