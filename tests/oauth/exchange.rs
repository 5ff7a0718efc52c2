//! The exchange of a code for tokens: once, in time, by the client of the code, with its proof, and never after the approver's
//! access has ended.

use rstest::rstest;
use vestibule_simulator::SubjectFormat;

use super::{
    SECOND, approve, ask, assert_error, authorize_url, client, code, count, exchange, furnished, read,
    redirect_uri, renew, scim, text, tokens,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

#[rstest]
#[actix_web::test]
async fn a_code_becomes_tokens_of_the_workspace(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let code = code(&house, &room, &browser, &[]).await;
    let (status, body) = exchange(&house, &room, &code).await;
    assert_eq!((status, &body["token_type"], &body["expires_in"]), (200, &"Bearer".into(), &3600.into()));
    let access = text(&body, "access_token");
    assert_eq!(scim(&house, &room, &access).await, 200);
    assert_eq!(room.check_token(&access).await, 401, "it acts for no user");
    house.clock.advance(3601 * SECOND);
    assert_eq!(scim(&house, &room, &access).await, 401, "it runs out");
}

#[rstest]
#[actix_web::test]
async fn a_client_may_show_its_secret_in_the_body_in_the_header_or_in_both(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser) = furnished(backend).await;
    let (url, uri) = (house.url("/api/okta/scim/oauth/token"), redirect_uri(&room));
    for (body, header) in [(true, false), (false, true), (true, true)] {
        let code = code(&house, &room, &browser, &[]).await;
        let mut form = vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &uri)];
        if body {
            form.extend([
                ("client_id", room.client.as_str()),
                ("client_secret", room.client_secret.as_str()),
            ]);
        }
        let mut request = house.http.post(&url).form(&form);
        if header {
            request = request.basic_auth(&room.client, Some(&room.client_secret));
        }
        let (status, answer) = read(request.send().await.unwrap()).await;
        assert_eq!(status, 200, "{body} {header} {answer}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_code_used_twice_ends_what_it_gave(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let code = code(&house, &room, &browser, &[]).await;
    let (_, body) = exchange(&house, &room, &code).await;
    let (access, refresh) = (text(&body, "access_token"), text(&body, "refresh_token"));
    assert_eq!(scim(&house, &room, &access).await, 200);
    assert_error(exchange(&house, &room, &code).await, 400, "invalid_grant");
    assert_eq!(scim(&house, &room, &access).await, 401);
    assert_error(renew(&house, &room, &refresh).await, 400, "invalid_grant");
    assert_error(exchange(&house, &room, &code).await, 400, "invalid_grant");
    assert_eq!(count(&house, &room, "grant_ended").await, 1);
}

#[rstest]
#[actix_web::test]
async fn a_code_is_for_one_client_one_address_and_one_minute(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let uri = redirect_uri(&room);
    let (other, secret) = client(&house, &room.workspace, "scim", &uri).await;
    let stolen = code(&house, &room, &browser, &[]).await;
    let form =
        [("grant_type", "authorization_code"), ("code", stolen.as_str()), ("redirect_uri", uri.as_str())];
    let request = house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form);
    let request = request.basic_auth(&other.client_id, Some(&secret));
    assert_error(read(request.send().await.unwrap()).await, 400, "invalid_grant");

    for address in ["", "https://evil.example/", &format!("{uri}/")] {
        let code = code(&house, &room, &browser, &[]).await;
        let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", address)];
        assert_error(ask(&house, &room, &form).await, 400, "invalid_grant");
    }

    let late = code(&house, &room, &browser, &[]).await;
    house.clock.advance(61 * SECOND);
    assert_error(exchange(&house, &room, &late).await, 400, "invalid_grant");

    for nonsense in ["", "x", "vcode_", &stolen.replacen("vcode_", "vat_", 1)] {
        assert_error(exchange(&house, &room, nonsense).await, 400, "invalid_grant");
    }
    assert_eq!(count(&house, &room, "grant_given").await, 0);
}

// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[rstest]
#[actix_web::test]
async fn a_challenge_is_met_by_its_verifier_alone(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let (url, uri) = (house.url("/api/okta/scim/oauth/token"), redirect_uri(&room));
    let challenged = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let long = "a".repeat(129);
    let other = VERIFIER.replacen('d', "e", 1);
    for (challenged, verifier, status) in [
        (true, Some(VERIFIER), 200),
        (true, Some(other.as_str()), 400),
        (true, Some(CHALLENGE), 400),
        (true, Some("short"), 400),
        (true, Some(long.as_str()), 400),
        (true, None, 400),
        (false, Some(VERIFIER), 400),
        (false, None, 200),
    ]
    .map(|(with, verifier, status)| (if with { &challenged[..] } else { &[] }, verifier, status))
    {
        let code = code(&house, &room, &browser, challenged).await;
        let mut form = vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &uri)];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let request = house.http.post(&url).form(&form);
        let request = request.basic_auth(&room.client, Some(&room.client_secret));
        let (answered, body) = read(request.send().await.unwrap()).await;
        assert_eq!(answered, status, "{challenged:?} {verifier:?} {body}");
        if status == 400 {
            assert_eq!(body["error"], "invalid_grant");
        }
    }
}

/// Ends all access of the administrator, as Okta does.
async fn end(room: &Room) {
    let administrator = room.okta.people().into_iter().next().unwrap();
    room.okta.universal_logout(&room.app, &administrator, SubjectFormat::Email).await.unwrap();
}

#[rstest]
#[actix_web::test]
async fn an_approval_that_a_revocation_overtakes_is_born_dead(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let code = code(&house, &room, &browser, &[]).await;
    let shown = browser.get(&authorize_url(&house, &room, &[])).await.unwrap();
    end(&room).await;
    assert_error(exchange(&house, &room, &code).await, 400, "invalid_grant");
    // The page was opened before the end of access; its form leads to the sign-in.
    let page = browser.press(&shown, "Approve", &[]).await.unwrap();
    assert!(page.form_with_field("identifier").is_ok(), "{} {}", page.url, page.text());
    assert_eq!(count(&house, &room, "grant_given").await, 0);
}

#[rstest]
#[actix_web::test]
async fn an_approval_of_somebody_since_deactivated_is_born_dead(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser) = furnished(backend).await;
    let code = code(&house, &room, &browser, &[]).await;
    let administrator = room.okta.people().into_iter().next().unwrap();
    room.okta.deactivate(&room.app, &administrator).await.unwrap();
    assert_error(exchange(&house, &room, &code).await, 400, "invalid_grant");
}

#[rstest]
#[actix_web::test]
async fn provisioning_goes_on_when_the_administrator_who_approved_it_is_thrown_out(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser) = furnished(backend).await;
    let (access, refresh) = tokens(&house, &room, &browser).await;
    end(&room).await;
    assert_eq!(room.check(&browser).await, 401);
    assert_eq!(scim(&house, &room, &access).await, 200, "the grant is the workspace's");
    let administrator = room.okta.people().into_iter().next().unwrap();
    room.okta.deactivate(&room.app, &administrator).await.unwrap();
    let (status, body) = renew(&house, &room, &refresh).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(scim(&house, &room, &text(&body, "access_token")).await, 200);
}

#[rstest]
#[actix_web::test]
async fn a_code_is_exchanged_in_the_workspace_that_approved_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let other: Room = House::room(&house, "Other").await;
    let page = approve(&browser, &authorize_url(&house, &room, &[])).await;
    let code = page.query("code").unwrap();
    assert_error(exchange(&house, &other, &code).await, 400, "invalid_grant");
    assert_eq!(count(&house, &other, "grant_given").await, 0);
}

#[rstest]
#[actix_web::test]
async fn a_code_presented_twice_at_once_gives_nothing_that_lasts(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser) = furnished(backend).await;
    let (code, uri) = (code(&house, &room, &browser, &[]).await, redirect_uri(&room));
    let form =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", uri.as_str())];
    let request = house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form);
    let request = request.basic_auth(&room.client, Some(&room.client_secret));
    let together: Vec<_> =
        (0..4).map(|_| actix_web::rt::spawn(request.try_clone().unwrap().send())).collect();
    let mut given = Vec::new();
    for answer in together {
        let (status, body) = read(answer.await.unwrap().unwrap()).await;
        assert!([200, 400].contains(&status), "{status} {body}");
        given.extend(body["access_token"].as_str().map(str::to_owned));
    }
    assert_eq!(given.len(), 1, "one of them was first");
    assert_eq!(scim(&house, &room, &given[0]).await, 401, "and the others ended what it gave");
}
