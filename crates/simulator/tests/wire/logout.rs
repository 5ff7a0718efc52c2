//! Universal Logout: the request as Okta documents it, and the forgeries.

use serde_json::{Value, json};
use vestibule_simulator::{App, Forgery, Okta, Person, Style, SubjectFormat, read_unverified};

use crate::{
    CALLBACK, ada, app, org,
    recorder::{Recorder, Seen},
};

struct Scene {
    okta: Okta,
    app: App,
    ada: Person,
    service: Recorder,
}

fn scene() -> Scene {
    let okta = org();
    let app = app(&okta, CALLBACK, Style::Catalog);
    let service = Recorder::start();
    okta.enable_universal_logout(&app, &format!("{}/logout?team_id=1", service.url));
    Scene { ada: ada(&okta), okta, app, service }
}

fn jwt(seen: &Seen) -> (Value, Value) {
    read_unverified(seen.header("authorization").unwrap().strip_prefix("Bearer ").unwrap()).unwrap()
}

#[tokio::test]
async fn the_request_is_as_documented() {
    let Scene { okta, app, ada, service } = scene();
    for (format, sub_id) in [
        (SubjectFormat::Email, json!({ "format": "email", "email": "ada@acme.example" })),
        (SubjectFormat::IssSub, json!({ "format": "iss_sub", "iss": okta.issuer(), "sub": ada.id })),
    ] {
        service.will_with(204, &[], "");
        okta.universal_logout(&app, &ada, format).await.unwrap();
        let seen = service.take();
        assert_eq!(seen[0].line(), "POST /logout?team_id=1");
        assert_eq!(seen[0].header("content-type"), Some("application/json"));
        assert_eq!(seen[0].json(), json!({ "sub_id": sub_id }));
        let (header, claims) = jwt(&seen[0]);
        assert_eq!(header, json!({ "typ": "global-token-revocation+jwt", "alg": "RS256" }));
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!(okta.issuer()), &json!(app.client_id)));
        assert_eq!(claims["aud"], format!("{}/logout", service.url));
        let time = |name: &str| claims[name].as_i64().unwrap();
        assert_eq!((time("exp") - time("iat"), time("iat") - time("nbf")), (300, 300));
    }
    service.will_with(404, &[], "");
    let failure = okta.universal_logout(&app, &ada, SubjectFormat::Email).await.unwrap_err();
    assert!(failure.sentence.contains("404"));
}

#[tokio::test]
async fn a_forgery_replaces_what_it_names() {
    let Scene { okta, app, ada, service } = scene();
    let send = async |forgery: Forgery| {
        service.will_with(401, &[], "");
        let said = okta.forge_universal_logout(&app, &ada, SubjectFormat::Email, &forgery).await.unwrap();
        assert_eq!(said.status, 401);
        service.take().remove(0)
    };
    let forged =
        Forgery::new().claim("iss", "https://x").claim("jti", Value::Null).header("typ", "JWT").with_kid();
    let (header, claims) = jwt(&send(forged).await);
    assert_eq!((&claims["iss"], claims.get("jti")), (&json!("https://x"), None));
    assert!(header["kid"].is_string() && header["typ"] == "JWT");
    assert_eq!(jwt(&send(Forgery::new().alg("none")).await).0["alg"], "none");
    assert_eq!(jwt(&send(Forgery::new().alg("HS256").header("alg", "RS256")).await).0["alg"], "RS256");
    assert_eq!(jwt(&send(Forgery::new().foreign_key()).await).0["alg"], "RS256");
    let seen = send(Forgery::new().body("{").authorization("")).await;
    assert_eq!((seen.body.as_str(), seen.header("authorization")), ("{", None));
}

#[tokio::test]
async fn clearing_user_sessions_tells_every_assigned_app() {
    let Scene { okta, app, ada, service } = scene();
    assert!(okta.clear_user_sessions(&ada, SubjectFormat::Email).await.unwrap().is_empty());
    okta.assign_quietly(&app, &ada);
    service.will_with(204, &[], "");
    assert_eq!(okta.clear_user_sessions(&ada, SubjectFormat::Email).await.unwrap()[0].status, 204);
}
