//! Client id metadata documents: how rarely they are fetched, what is cached, and that the token endpoint uses what was approved.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids;
use vestibule_store::oauth::clients;

use super::{
    SECOND, assert_error,
    flow::{Party, somebody},
    text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// A server that returns a client metadata document at each path that begins with `/good`, and 404 elsewhere.
pub(super) struct Documents {
    base: String,
    pub(super) more: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
}

impl Documents {
    pub(super) fn start(redirect_uri: &str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (more, asked) = (Arc::new(Mutex::new(json!({}))), Arc::new(AtomicUsize::new(0)));
        let documents = Self { base: base.clone(), more: more.clone(), asked: asked.clone() };
        let redirect_uri = redirect_uri.to_owned();
        let server = actix_web::HttpServer::new(move || {
            let (base, uri, more, asked) = (base.clone(), redirect_uri.clone(), more.clone(), asked.clone());
            let serve = move |req: actix_web::HttpRequest| {
                asked.fetch_add(1, Ordering::SeqCst);
                let url = format!("{base}{}", req.path());
                let mut said = json!({ "client_id": url, "client_name": "Claude", "redirect_uris": [uri] });
                said.as_object_mut().unwrap().extend(more.lock().unwrap().as_object().unwrap().clone());
                let found = req.path().starts_with("/good");
                async move {
                    match found {
                        true => actix_web::HttpResponse::Ok().json(said),
                        false => actix_web::HttpResponse::NotFound().finish(),
                    }
                }
            };
            actix_web::App::new().default_service(actix_web::web::to(serve))
        });
        actix_web::rt::spawn(server.workers(1).listen(listener).unwrap().run());
        documents
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(super) fn client(&self, house: &House, path: &str) -> Party {
        let (client_id, redirect_uri) = (format!("{}{path}", self.base), house.url("/callback"));
        Party { client_id, secret: None, redirect_uri }
    }
}

/// Returns the ids of the stored clients that have a client id metadata document.
async fn kept(house: &House) -> Vec<String> {
    let all = house.write(|conn| clients::list(conn, &ids::DEPLOYMENT).unwrap()).await;
    all.into_iter()
        .filter(|client| client.describes_itself())
        .map(|client| client.client_id.into_string())
        .collect()
}

#[rstest]
#[actix_web::test]
async fn an_address_that_failed_is_not_fetched_again_at_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let documents = Documents::start(&house.url("/callback"));
    let bad = documents.client(&house, "/bad.json");
    for _ in 0..60 {
        let page = bad.visit(&house, &browser, &[]).await;
        assert_eq!(page.status, 400, "{}", page.text());
    }
    assert_eq!(documents.asked(), 1);
    house.clock.advance(61 * SECOND);
    assert_eq!(bad.visit(&house, &browser, &[]).await.status, 400);
    assert_eq!(documents.asked(), 2);
    assert_eq!(kept(&house).await, Vec::<String>::new());
}

#[rstest]
#[actix_web::test]
async fn a_person_makes_us_fetch_so_many_and_only_what_is_approved_is_kept(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let limits = [
        ("RATE_LIMITS__ENABLED", "true"),
        ("RATE_LIMITS__ADDRESS_PER_SECOND", "10000"),
        ("RATE_LIMITS__ADDRESS_BURST", "10000"),
    ];
    let house = House::start_with(backend, &limits).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let documents = Documents::start(&house.url("/callback"));
    let mut statuses = Vec::new();
    for number in 0..60 {
        let tool = documents.client(&house, &format!("/good/{number}.json"));
        statuses.push(tool.visit(&house, &browser, &[]).await.status);
    }
    let shown = statuses.iter().filter(|status| **status == 200).count();
    // The limit allows one more per minute that the loop took.
    assert!((10..=12).contains(&shown) && statuses[..10].iter().all(|status| *status == 200), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    assert_eq!(documents.asked(), shown);
    assert_eq!(kept(&house).await, Vec::<String>::new(), "nobody approved anything");
    // A stored document needs no fetch, and each person has a separate limit.
    let first = documents.client(&house, "/good/0.json");
    assert_eq!(first.visit(&house, &browser, &[]).await.status, 200);
    let bob = room.person("Bob").await;
    let (other, _) = room.sign_in(&bob).await;
    assert_eq!(documents.client(&house, "/good/99.json").visit(&house, &other, &[]).await.status, 200);

    let code = first.approved(&house, &browser, &[]).await;
    assert_eq!(kept(&house).await, std::slice::from_ref(&first.client_id));
    let (status, body) = first.exchange(&house, &code).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(first.renew(&house, &text(&body, "refresh_token")).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn the_token_endpoint_uses_what_was_approved(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let documents = Documents::start(&house.url("/callback"));
    let tool = documents.client(&house, "/good.json");
    let code = tool.approved(&house, &browser, &[]).await;
    let (status, body) = tool.exchange(&house, &code).await;
    assert_eq!(status, 200, "{body}");
    // An hour later the document has changed, and another person opens the page without approving.
    *documents.more.lock().unwrap() = json!({
        "client_name": "Changed", "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": format!("{}/jwks.json", documents.base),
    });
    house.clock.advance(3601 * SECOND);
    let bob = room.person("Bob").await;
    let (other, _) = room.sign_in(&bob).await;
    let page = tool.visit(&house, &other, &[]).await;
    assert!(page.text().contains("Changed asks to act for you"), "{}", page.text());
    let (status, body) = tool.renew(&house, &text(&body, "refresh_token")).await;
    assert_eq!(status, 200, "{body}");
    // The changed document applies after an approval.
    let code = tool.approved(&house, &other, &[]).await;
    assert_error(tool.exchange(&house, &code).await, 401, "invalid_client");
}
