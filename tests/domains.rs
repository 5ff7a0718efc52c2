//! Tests of email domains: verified by a TXT record, by one workspace at most, and used to recognise people only while they are
//! verified.

use rstest::rstest;
use vestibule_admin::provider::domains::renewal::renew_due;
use vestibule_core::ids::WorkspaceId;
use vestibule_simulator::{Browser, Page};
use vestibule_store::{providers::domains, trail::events};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Dns, Fresh, House, Room,
};

/// A service that uses this DNS server.
async fn house(backend: Backend, dns: &Dns) -> House {
    House::start_with(backend, &[("SIGN_IN__DNS_SERVER", &dns.address.to_string())]).await
}

async fn administrator(house: &House, room: &Room) -> Browser {
    let ada = room.administrator(house, "Ada").await;
    room.sign_in(&ada).await.0
}

async fn claim(house: &House, browser: &Browser, domain: &str) -> Page {
    let page = browser.get(&house.url("/settings")).await.unwrap();
    browser.press(&page, "Add domain", &[("domain", domain)]).await.unwrap()
}

/// Presses "Check now", and again when the page says that DNS did not answer in time, because a shared machine may stall.
async fn check(house: &House, browser: &Browser) -> Page {
    let mut tries = 0;
    loop {
        let page = browser.get(&house.url("/settings")).await.unwrap();
        let page = browser.press(&page, "Check now", &[]).await.unwrap();
        tries += 1;
        if tries == 3 || !page.text().contains("The DNS lookup of") {
            return page;
        }
    }
}

/// The text that the page asks to put into the record.
fn wanted(page: &Page) -> String {
    let (_, rest) = page.html.split_once("vestibule-domain=").unwrap_or_else(|| panic!("{}", page.text()));
    format!("vestibule-domain={}", rest.split('<').next().unwrap())
}

#[rstest]
#[actix_web::test]
async fn a_domain_is_proved_by_its_record_and_people_are_recognised_from_then_on(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let dns = Dns::start();
    let house = house(backend, &dns).await;
    let room = house.room("Acme").await;
    let browser = administrator(&house, &room).await;
    room.user("grace@navy.example").await;
    let grace = room.okta.add_person("grace@navy.example", "Grace", "Hopper");
    room.okta.assign_quietly(&room.app, &grace);
    let (_, page) = room.sign_in(&grace).await;
    assert!(page.text().contains("Your email domain is not verified here"), "{}", page.text());

    let page = claim(&house, &browser, " @Navy.EXAMPLE ").await;
    let (text, value) = (page.text(), wanted(&page));
    assert!(text.contains("_vestibule.navy.example"), "{text}");
    assert!(value.len() > 50, "{value}");
    let page = claim(&house, &browser, "navy.example").await;
    assert_eq!(wanted(&page), value, "claiming it again changes nothing");

    for (texts, words) in [
        (vec![], "There is no TXT record at _vestibule.navy.example yet"),
        (vec![vec!["v=spf1 -all"]], "There are TXT records at _vestibule.navy.example, but not this one"),
        (vec![vec!["vestibule-domain=somebody-elses"]], "another workspace's or an older value"),
    ] {
        if !texts.is_empty() {
            let texts: Vec<&[&str]> = texts.iter().map(Vec::as_slice).collect();
            dns.set("_vestibule.navy.example", &texts);
        }
        let page = check(&house, &browser).await;
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
        let (_, page) = room.sign_in(&grace).await;
        assert_eq!(page.status, 403, "{}", page.text());
    }
    // A long text is split into parts, and there may be other records.
    let (one, other) = value.split_at(20);
    dns.set("_vestibule.navy.example", &[&["v=spf1 -all"], &[one, other]]);
    let page = check(&house, &browser).await;
    assert!(page.text().contains("navy.example ✓ Verified DNS"), "{}", page.text());
    let (_, page) = room.sign_in(&grace).await;
    assert_eq!(page.status, 200, "{}", page.text());

    // After the release nobody new is recognised; linked people continue.
    let page = browser.get(&house.url("/settings")).await.unwrap();
    let forms = page.forms();
    let form = forms.iter().find(|form| form.value("domain") == Some("navy.example")).unwrap();
    let page = browser.submit(&page, form, &[]).await.unwrap();
    assert!(!page.text().contains("navy.example"), "{}", page.text());
    let (_, page) = room.sign_in(&grace).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    let kinds: Vec<&str> =
        trail.iter().map(|event| event.kind.as_str()).filter(|kind| kind.starts_with("domain")).collect();
    assert_eq!(kinds, ["domain_claimed", "domain_verified", "domain_removed"]);
}

#[rstest]
#[actix_web::test]
async fn a_domain_is_one_workspace_s_and_only_its_administrators(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let dns = Dns::start();
    let house = house(backend, &dns).await;
    let (acme, globex) = (house.room("Acme").await, house.room("Globex").await);
    let browser = administrator(&house, &globex).await;
    let value = wanted(&claim(&house, &browser, "acme.example").await);
    dns.set("_vestibule.acme.example", &[&[&value]]);
    let page = check(&house, &browser).await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("acme.example belongs to another workspace already"), "{}", page.text());

    for (typed, words) in [
        ("", "is no email domain"),
        ("acme", "is no email domain"),
        ("globex.example", "is verified already"),
    ] {
        let page = claim(&house, &browser, typed).await;
        assert_eq!(page.status, 422, "{typed}");
        assert!(page.text().contains(words), "{}", page.text());
    }
    let bob = acme.person("Bob").await;
    let (member, _) = acme.sign_in(&bob).await;
    assert_eq!(member.get(&house.url("/settings")).await.unwrap().status, 403);
    let cookie = format!("vestibule_session={}", member.cookie(&house.api, "vestibule_session").unwrap());
    let form = [("domain", "bob.example"), ("do", "claim")];
    let request = house.http.post(house.url("/settings/domains")).form(&form).header("cookie", cookie);
    assert_eq!(request.send().await.unwrap().status(), 403);
}

#[rstest]
#[actix_web::test]
async fn the_operator_claims_checks_vouches_and_removes(#[values(Sqlite, Postgres)] backend: Backend) {
    let (dns, database) = (Dns::start(), Fresh::make(backend));
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080")
        .with("SIGN_IN__DNS_SERVER", &dns.address.to_string());
    let id = house.run(&["workspace", "create", "--name", "Acme"], "")["id"].as_str().unwrap().to_owned();
    let domain = |verb: &str, domain: &str| {
        house.command(&["domain", verb, "--workspace", &id, "--domain", domain], "")
    };
    let claimed = house.run(&["domain", "claim", "--workspace", &id, "--domain", "Bücher.example"], "");
    assert_eq!(claimed["record"]["name"], "_vestibule.xn--bcher-kva.example");
    let missing = domain("check", "bücher.example");
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("There is no TXT record"), "{missing:?}");
    dns.set("_vestibule.xn--bcher-kva.example", &[&[claimed["record"]["value"].as_str().unwrap()]]);
    assert!(domain("check", "bücher.example").status.success());
    assert!(domain("vouch", "acme.example").status.success());
    assert_eq!(domain("vouch", "acme").status.code(), Some(2));
    let list = house.run(&["domain", "list", "--workspace", &id], "");
    assert_eq!(
        list,
        serde_json::json!([
            { "domain": "acme.example", "verified": true, "by": "operator" },
            { "domain": "xn--bcher-kva.example", "verified": true, "by": "dns" },
        ])
    );
    assert!(domain("remove", "acme.example").status.success());
    assert_eq!(domain("remove", "acme.example").status.code(), Some(1));
}

#[rstest]
#[actix_web::test]
async fn what_the_workspace_asks_of_sign_ins_is_an_administrator_s_to_say(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = administrator(&house, &room).await;
    let (form_of, url) = (&browser, &house.url("/settings"));
    let save = async |fields: &[(&str, &str)]| {
        let page = form_of.get(url).await.unwrap();
        form_of.press(&page, "Save", fields).await.unwrap()
    };
    let page = save(&[("session_hours", "0"), ("origins", "https://app.acme.example")]).await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("Hours a session lasts must be a whole number from 1"), "{}", page.text());
    assert_eq!(
        page.form_with_button("Save").unwrap().value("session_hours"),
        Some("0"),
        "what was typed is kept"
    );

    let many: Vec<String> = (0..101).map(|number| format!("https://app-{number}.example")).collect();
    let many = many.join(" ");
    for (origins, words) in [
        ("http://app.acme.example", "must begin with https://"),
        ("https://app.acme.example/path", "https://app.acme.example/path is no origin"),
        (many.as_str(), "allowed origins must be at most 100"),
    ] {
        let page = save(&[("session_hours", "2"), ("origins", origins)]).await;
        assert_eq!((page.status, page.text().contains(words)), (422, true), "{}", page.text());
    }

    let page = save(&[
        ("session_hours", "2"),
        ("idle_minutes", "5"),
        ("max_age_minutes", "60"),
        ("origins", "https://app.acme.example"),
    ])
    .await;
    assert!(page.text().contains("Saved."), "{}", page.text());
    let form = page.form_with_button("Save").unwrap();
    assert_eq!((form.value("session_hours"), form.value("idle_minutes")), (Some("2"), Some("5")));
    let away = Browser::new().unwrap();
    let target = url::form_urlencoded::byte_serialize(b"https://app.acme.example/x").collect::<String>();
    let page = away.get(&format!("{}&target_link_uri={target}", room.login_url())).await.unwrap();
    assert_eq!(page.query("max_age").as_deref(), Some("3600"), "{}", page.url);
    let bob = room.person("Bob").await;
    let (session, _) = room.sign_in(&bob).await;
    house.clock.advance(5 * 60 * 1_000_000);
    assert_eq!(room.check(&session).await, 401, "after five minutes without a request");

    let browser = administrator_again(&house, &room).await;
    let page = browser.get(&house.url("/settings")).await.unwrap();
    let page = browser
        .press(
            &page,
            "Save",
            &[("session_hours", ""), ("idle_minutes", ""), ("max_age_minutes", ""), ("origins", "")],
        )
        .await
        .unwrap();
    assert!(page.text().contains("Saved."), "{}", page.text());
    let page = away.get(&format!("{}&target_link_uri={target}", room.login_url())).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.text());
}

async fn administrator_again(house: &House, room: &Room) -> Browser {
    let eve = room.administrator(house, "Eve").await;
    room.sign_in(&eve).await.0
}

const DAY: i64 = 86_400;

/// Moves the time by days, for the service and for the room's Okta.
fn pass(house: &House, room: &Room, days: i64) {
    house.clock.advance(days * DAY * 1_000_000);
    room.okta.move_clock(days * DAY);
}

/// Moves the time by a day and checks the due domains; returns how many.
async fn next_day(house: &House, room: &Room) -> usize {
    pass(house, room, 1);
    renew_due(&house.state).await.unwrap()
}

/// The kinds of the workspace's events about domains, except claims.
async fn told(house: &House, workspace: &WorkspaceId) -> Vec<String> {
    let workspace = workspace.to_owned();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 10_000).unwrap()).await;
    let kinds = trail.into_iter().map(|event| event.kind);
    kinds.filter(|kind| kind.starts_with("domain_") && kind != "domain_claimed").collect()
}

/// Claims a domain on the page, sets its record and checks it.
async fn prove(house: &House, dns: &Dns, browser: &Browser, domain: &str) -> (Page, String) {
    let value = wanted(&claim(house, browser, domain).await);
    dns.set(&format!("_vestibule.{domain}"), &[&[&value]]);
    (check(house, browser).await, value)
}

#[rstest]
#[actix_web::test]
async fn a_domain_whose_record_is_gone_lapses_and_another_workspace_may_prove_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (dns, record) = (Dns::start(), "_vestibule.navy.example");
    let house = house(backend, &dns).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let browser = room.sign_in(&ada).await.0;
    let (page, value) = prove(&house, &dns, &browser, "navy.example").await;
    assert!(page.text().contains("navy.example ✓ Verified DNS"), "{}", page.text());
    for name in ["grace", "hopper"] {
        room.user(&format!("{name}@navy.example")).await;
    }
    let grace = room.okta.add_person("grace@navy.example", "Grace", "Murray");
    let hopper = room.okta.add_person("hopper@navy.example", "Hopper", "Grace");
    room.okta.assign_quietly(&room.app, &grace);
    room.okta.assign_quietly(&room.app, &hopper);
    assert_eq!(room.sign_in(&grace).await.1.status, 200);

    // Domains are checked once a day, except those that the operator has verified.
    assert_eq!(renew_due(&house.state).await.unwrap(), 0);
    assert_eq!(next_day(&house, &room).await, 1);
    assert_eq!(renew_due(&house.state).await.unwrap(), 0);
    // A failed DNS query does not mean that the record is gone.
    dns.fail(record);
    for _ in 0..40 {
        next_day(&house, &room).await;
    }
    assert_eq!(told(&house, &room.workspace).await, ["domain_verified"]);

    dns.remove(record);
    next_day(&house, &room).await;
    assert_eq!(told(&house, &room.workspace).await, ["domain_verified", "domain_lapsing"]);
    let browser = room.sign_in(&ada).await.0;
    let page = browser.get(&house.url("/settings")).await.unwrap();
    assert!(page.text().contains("! Record is gone") && page.text().contains(&value), "{}", page.text());
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(
        page.text().contains("The TXT record that proves the email domain navy.example is gone"),
        "{}",
        page.text()
    );
    // The domain has not lapsed yet, so another workspace can't get it.
    let globex = house.room("Globex").await;
    globex.okta.move_clock(room.okta.now() - globex.okta.now());
    let other = administrator(&house, &globex).await;
    let (page, theirs) = prove(&house, &dns, &other, "navy.example").await;
    assert!(page.text().contains("navy.example belongs to another workspace already"), "{}", page.text());

    // The record is back.
    dns.set(record, &[&[&value]]);
    let page = check(&house, &browser).await;
    assert!(page.text().contains("navy.example ✓ Verified DNS"), "{}", page.text());
    dns.remove(record);
    for _ in 0..30 {
        next_day(&house, &room).await;
    }
    let kinds = told(&house, &room.workspace).await;
    assert_eq!(kinds, ["domain_verified", "domain_lapsing", "domain_renewed", "domain_lapsing"]);
    next_day(&house, &room).await;
    assert_eq!(told(&house, &room.workspace).await.last().unwrap(), "domain_lapsed");
    // Linked people continue; nobody new is recognised.
    let (_, page) = room.sign_in(&grace).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let (_, page) = room.sign_in(&hopper).await;
    assert!(page.text().contains("Your email domain is not verified here"), "{}", page.text());

    globex.okta.move_clock(room.okta.now() - globex.okta.now());
    let other = administrator_again(&house, &globex).await;
    dns.set(record, &[&[&theirs]]);
    let page = check(&house, &other).await;
    assert!(page.text().contains("navy.example ✓ Verified DNS"), "{}", page.text());
    assert_eq!(told(&house, &room.workspace).await.last().unwrap(), "domain_lost");
    let workspace = room.workspace.clone();
    let left = house.write(move |conn| domains::list_all(conn, &workspace).unwrap()).await;
    assert_eq!(left.into_iter().map(|one| one.domain).collect::<Vec<_>>(), ["acme.example"]);
}

#[rstest]
#[actix_web::test]
async fn a_domain_proved_before_challenges_were_kept_takes_over_its_own_record(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (dns, record) = (Dns::start(), "_vestibule.navy.example");
    let house = house(backend, &dns).await;
    let (room, globex) = (house.room("Acme").await, house.room("Globex").await);
    let browser = administrator(&house, &room).await;
    let (_, value) = prove(&house, &dns, &browser, "navy.example").await;
    let theirs = wanted(&claim(&house, &administrator(&house, &globex).await, "navy.example").await);
    let forget = |workspace: WorkspaceId| {
        move |conn: &mut vestibule_store::Tx<'_>| {
            let mut row = domains::find(conn, &workspace, "navy.example").unwrap().unwrap();
            (row.challenge, row.next_check_at) = (String::new(), Some(0));
            domains::save(conn, &row).unwrap();
        }
    };
    // The record of another workspace is not accepted.
    house.write(forget(room.workspace.clone())).await;
    dns.set(record, &[&[&theirs]]);
    assert_eq!(renew_due(&house.state).await.unwrap(), 1);
    assert_eq!(told(&house, &room.workspace).await.last().unwrap(), "domain_lapsing");
    house.write(forget(room.workspace.clone())).await;
    dns.set(record, &[&[&theirs], &[&value]]);
    assert_eq!(renew_due(&house.state).await.unwrap(), 1);
    assert_eq!(told(&house, &room.workspace).await.last().unwrap(), "domain_renewed");
    let workspace = room.workspace.clone();
    let kept = house
        .write(move |conn| domains::find(conn, &workspace, "navy.example").unwrap().unwrap().challenge)
        .await;
    assert_eq!(format!("vestibule-domain={kept}"), value);
}
