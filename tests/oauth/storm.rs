//! A Universal Logout under load: browsers get codes, and apps exchange and refresh as fast as they can. Nothing issued to any of
//! them works afterwards.

use std::{cell::RefCell, rc::Rc, time::Duration};

use rstest::rstest;
use serde_json::Value;
use vestibule_simulator::{Browser, Person, SubjectFormat};

use super::{
    flow::{Party, userinfo},
    text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const ROUNDS: usize = 6;
const AT_ONCE: usize = 6;

/// All codes and tokens that were issued.
#[derive(Default)]
struct Given {
    access: Vec<String>,
    refresh: Vec<String>,
    codes: Vec<String>,
}

impl Given {
    fn keep(&mut self, body: &Value) {
        self.access.push(text(body, "access_token"));
        self.refresh.push(text(body, "refresh_token"));
    }
}

/// Requests codes and tokens until a request is refused.
async fn rush(house: Rc<House>, app: Rc<Party>, browser: Browser, given: Rc<RefCell<Given>>) {
    loop {
        // With `prompt=none`, so no new sign-in happens in the loop.
        let asked = [("scope", "openid offline_access"), ("prompt", "none")];
        let page = app.visit(&house, &browser, &asked).await;
        let Some(code) = page.query("code") else { return };
        // Every second code stays unused and is tried after the end of access.
        if given.borrow().codes.len() < given.borrow().access.len() {
            given.borrow_mut().codes.push(code);
            continue;
        }
        let (status, body) = app.exchange(&house, &code).await;
        if status != 200 {
            return;
        }
        given.borrow_mut().keep(&body);
        let (status, body) = app.renew(&house, &text(&body, "refresh_token")).await;
        if status != 200 {
            return;
        }
        given.borrow_mut().keep(&body);
    }
}

async fn storm(house: &Rc<House>, room: &Room, app: &Rc<Party>, person: &Person) -> Given {
    let (browser, page) = room.sign_in(person).await;
    if room.check(&browser).await != 200 {
        // Within one second of the last end of access, Okta asks for a new sign-in.
        browser.sign_in_to_okta(&page, person).await.unwrap();
    }
    let given = Rc::new(RefCell::new(Given::default()));
    let rushing: Vec<_> = (0..AT_ONCE)
        .map(|_| actix_web::rt::spawn(rush(house.clone(), app.clone(), browser.clone(), given.clone())))
        .collect();
    while given.borrow().access.len() < 3 * AT_ONCE {
        assert!(!rushing.iter().all(|one| one.is_finished()), "nobody is given anything");
        actix_web::rt::time::sleep(Duration::from_millis(2)).await;
    }
    room.okta.universal_logout(&room.app, person, SubjectFormat::Email).await.unwrap();
    for one in rushing {
        one.await.unwrap();
    }
    given.take()
}

#[rstest]
#[actix_web::test]
async fn a_revocation_in_a_storm_leaves_nothing_alive(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = Rc::new(House::start(backend).await);
    let room = house.room("Acme").await;
    let app = Rc::new(Party::register(&house, &room.workspace, "app", "client_secret").await);
    let person = room.administrator(&house, "Ada").await;
    for round in 0..ROUNDS {
        let given = storm(&house, &room, &app, &person).await;
        assert!(given.access.len() >= 3 * AT_ONCE && !given.codes.is_empty());
        for access in &given.access {
            assert_eq!(userinfo(&house, access).await.0, 401, "round {round}");
            assert_eq!(room.check_token(access).await, 401, "round {round}");
        }
        for refresh in &given.refresh {
            assert_eq!(app.renew(&house, refresh).await.0, 400, "round {round}");
        }
        for code in &given.codes {
            assert_eq!(app.exchange(&house, code).await.0, 400, "round {round}");
        }
    }
}
