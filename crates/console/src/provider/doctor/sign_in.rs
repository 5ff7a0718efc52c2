//! Findings about signing in: steps 2 and 3. Pure.

use vestibule_admin::provider::domains::record;
use vestibule_core::{providers::Provider, time::SECOND};
use vestibule_store::providers::{domains::Domain, sightings::Sighting};
use vestibule_web::observe::sightings::SightingKind;

use super::{
    facts::Facts,
    finding::{
        Finding,
        Weight::{self, Bad, Note, Warn},
    },
    history::{History, Refused},
    logout,
    oidc::Oidc,
    saml::facts::Saml,
};

/// The time that a person needs to sign in at the provider.
const TYPING: i64 = 20 * SECOND;
/// The time after which the provider most likely refused the sign-in.
const AWAY: i64 = 10 * 60 * SECOND;

/// The findings about a connection.
pub(super) fn judge(facts: &Facts, oidc: &Oidc) -> Vec<Finding> {
    let (connection, history) = (&oidc.connection, &oidc.history);
    let at = oidc.at();
    let mut found = Vec::new();
    if !connection.enabled {
        let weight = if facts.is_any_enabled() { Note } else { Warn };
        found.push(
            Finding::new(
                "sign_in_off",
                weight,
                3,
                format!("Sign-in through {} is switched off here.", at.name),
                if at.is_okta() {
                    "Nobody can sign in through Okta; provisioning and Universal Logout work.".to_owned()
                } else {
                    format!("Nobody can sign in through {}; provisioning works.", at.name)
                },
            )
            .go(if at.is_okta() {
                "Set-up, step Test sign-in: Turn on sign-in"
            } else {
                "The connection's page: switch it on"
            }),
        );
    }
    if !facts.is_judged(connection.enabled, connection.updated_at, history) {
        return found;
    }
    found.extend(not_back(facts, at, history));
    found.extend(contested(oidc));
    found
        .extend(history.refused.iter().filter_map(|(reason, refused)| refusal(facts, oidc, reason, refused)));
    found.extend(logout::judge(facts, oidc));
    found
}

/// Findings about people and their domains, whatever the protocol.
pub(super) fn of_workspace(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    if !facts.is_connected() {
        return found;
    }
    if facts.domains.is_empty() {
        found.push(
            Finding::new("no_domain", Warn, 3, "No email domain is verified here.", format!("People are recognized by their {} only; nobody is matched by user name or email, and just-in-time provisioning creates nobody.", facts.provider().user_id()))
                .go("Settings, Email domains: add your domain and its TXT record"),
        );
    }
    found.extend(facts.unproved.iter().map(unproved));
    let Provider { name, label, .. } = facts.provider();
    if facts.conflicts > 0 {
        let saw = match facts.conflicts {
            1 => format!("{label} authenticated one person whose name belongs to another user here."),
            many => {
                format!("{label} authenticated {many} people whose names belong to other users here.")
            }
        };
        found.push(
            Finding::new("conflicts", Bad, 3, saw, "This service never merges two people by itself.")
                .go("Who is this?: choose who they are")
                .go(if facts.provider().is_okta() {
                    "If they are duplicates, in Okta: Provisioning › To App, map externalId to the Okta user id, unique to each person".to_owned()
                } else {
                    format!("If they are duplicates, provision an externalId from {name} that is unique to each person")
                }),
        );
    }
    found
}

/// A domain whose DNS record is gone.
fn unproved(domain: &Domain) -> Finding {
    let place = format!("DNS: the TXT record {}", record::name(&domain.domain));
    let mut finding = if domain.lapsed_at.is_some() {
        Finding::new(
            "domain_lapsed",
            Bad,
            3,
            format!(
                "The email domain {} has lapsed: its TXT record has been gone for too long.",
                domain.domain
            ),
            "Nobody new is recognized or created under it, and another workspace may verify it. People who have signed in before still can.",
        )
    } else {
        Finding::new(
            "domain_lapsing",
            Warn,
            3,
            format!("The TXT record that proves the email domain {} is gone.", domain.domain),
            "If it is not restored, the domain lapses: nobody new is recognized or created under it, and another workspace may verify it.",
        )
    };
    finding = match domain.challenge.as_str() {
        "" => finding.go("Settings, Email domains: remove the domain and add it again"),
        challenge => finding.put(place, record::value_of(challenge)),
    };
    match domain.missing_since {
        Some(since) => finding.at(since),
        None => finding,
    }
}

/// Other workspaces claim the same issuer and client id. The finding names none of them, because customers read the page.
fn contested(oidc: &Oidc) -> Option<Finding> {
    if oidc.rivals.is_empty() {
        return None;
    }
    let at = oidc.at();
    let place = at.place(&format!(
        "give this workspace an app of its own, and save its Client ID and client secret {}",
        if at.is_okta() { "in the set-up step Credentials" } else { "on the connection's page" }
    ));
    Some(if oidc.rivals.iter().any(|rival| rival.proven) {
        Finding::new("app_taken", Bad, 3, "Another workspace has proved that it owns the app with this issuer and Client ID.", "Nobody can sign in to this workspace through it, and its Universal Logouts go to the other workspace.")
            .go(place)
    } else if oidc.connection.proven_at.is_some() {
        Finding::new(
            "app_contested",
            Note,
            3,
            "Another workspace has saved the same issuer and Client ID, without proof that it owns the app.",
            "This does not affect this workspace, whose sign-ins have proved that it owns the app.",
        )
        .go(format!("If both are yours, give each workspace an app of its own in {}", at.name))
    } else {
        Finding::new("app_contested", Warn, 3, "Another workspace has saved the same issuer and Client ID, and neither has proved that it owns the app.", "The app belongs to the workspace whose sign-in succeeds first; until then a Universal Logout applies to both.")
            .go("Test sign-in, on the connection's page, which proves that this workspace owns the app")
            .go(place)
    })
}

/// People were sent to the provider, and nobody came back: it shows an error page then, which Vestibule never sees.
fn not_back(facts: &Facts, at: &Provider, history: &History) -> Option<Finding> {
    let (began, weight) = away(history)?;
    Some(
        Finding::new(
            "redirect_uri",
            weight,
            2,
            format!("Somebody was sent to {} to sign in, and nobody has come back since.", at.name),
            format!("The person closed the page, or {0} refused: 400 with “redirect_uri” means that the URI below is missing in {0} or differs by a letter.", at.name),
        )
        .put(redirect_uris(at), facts.paste.redirect_uri())
        .go(format!("{}: Run the live checks, which query {}", at.page_label(), at.name))
        .at(began.last_at),
    )
}

/// The finding of `not_back` for a SAML connection.
pub(super) fn not_back_by_saml(saml: &Saml) -> Option<Finding> {
    let (began, weight) = away(&saml.history)?;
    let at = saml.at();
    let found = Finding::new(
        "saml_not_back",
        weight,
        super::saml::STEP,
        "Somebody was sent to the identity provider to sign in, and nobody has come back since.",
        if at.is_okta() {
            "The person closed the page, or the provider refused, or it posts its response to another address. Okta says “User is not assigned to this application” to those who are not."
        } else {
            "The person closed the page, or the provider refused, or it posts its response to another address."
        },
    )
    .put(at.place(&format!("{}{}", at.saml.settings, at.saml.acs_url)), &saml.acs_url)
    .go(at.place(at.saml.admit))
    .at(began.last_at);
    Some(found)
}

/// The last trip to the provider, if nobody has come back since, and how grave that is.
fn away(history: &History) -> Option<(&Sighting, Weight)> {
    let began = history.seen(SightingKind::SignInBegan)?;
    let came_back = history.last(SightingKind::SignInCameBack);
    if came_back.is_some_and(|at| at >= began.last_at) || began.last_at + TYPING > history.now {
        return None;
    }
    let weight = match came_back {
        _ if began.last_at + AWAY > history.now => Note,
        None => Bad,
        Some(_) => Warn,
    };
    Some((began, weight))
}

fn refusal(facts: &Facts, oidc: &Oidc, reason: &str, refused: &Refused) -> Option<Finding> {
    // RFC 6749 §5.2: `invalid_client` is about the client's credentials, `invalid_grant` only about the code.
    let reason = match (reason, refused.detail.as_str()) {
        ("exchange_refused", "invalid_client") => "client_refused",
        ("exchange_refused", "invalid_grant") => "code_refused",
        _ => reason,
    };
    let times = match refused.times {
        1 => "once".to_owned(),
        many => format!("{many} times"),
    };
    let finding = |weight, saw: &str, means: &str| {
        let id = ID.iter().find(|(name, _)| *name == reason).map_or("sign_in_refused", |(_, id)| *id);
        Finding::new(id, weight, 3, format!("{saw} ({times} in the last week)."), means).refused(refused)
    };
    let cured = oidc.history.has_signed_in_since(refused.at);
    let at = oidc.at();
    let Provider { name, label, oidc: places, .. } = at;
    let step =
        if at.is_okta() { "the set-up step Credentials" } else { "the settings of the connection's page" };
    Some(match reason {
        "not_provisioned" => finding(
            Bad,
            &format!("Somebody authenticated at {name} and is not provisioned here"),
            &format!("{label} authenticated them, but no user with this name was provisioned, and just-in-time provisioning is off."),
        )
        .go(at.place(&format!("{}; if they are assigned, {}", at.scim.admit, at.scim.creates)))
        .go(format!("Or {step}: Just-in-time provisioning")),
        "domain_not_verified" => finding(
            Bad,
            &format!("Somebody authenticated at {name} under a domain that is not verified here"),
            "A user name or email address is used only under a domain that you have verified.",
        )
        .go("Settings, Email domains: add the domain and its TXT record"),
        "client_refused" if !cured => finding(
            Bad,
            &format!("{label} does not accept the app's credentials ({})", refused.detail),
            &format!("The Client ID or client secret is not that of the app in {name}, or the client authentication differs."),
        )
        .go(credentials(at))
        .go(at.place(&format!("{} must be what “More settings” {} says", places.client_authentication, more(at)))),
        "code_refused" if !cured => finding(
            Note,
            &format!("{label} did not accept the code of a sign-in ({})", refused.detail),
            &format!("The code had expired, was used already, or was issued for another redirect URI. {label} accepted the app: the client secret is right. Anybody can cause this with a made-up code."),
        )
        .put(format!("If people can't sign in, {}", redirect_uris(at)), facts.paste.redirect_uri()),
        "exchange_refused" if !cured => finding(
            Bad,
            &format!("{label} did not exchange the code of a sign-in for tokens ({})", refused.detail),
            &format!("The app in {name} is set up for another grant type or another client authentication."),
        )
        .go(at.place(places.grant))
        .go(at.place(&format!("{}, and {}, must be what “More settings” {} says", places.client_authentication, places.proof, more(at)))),
        "id_token" | "mixed_up" if !cured => finding(
            Bad,
            &format!("The response of {name} was not accepted ({})", refused.detail),
            &if at.is_okta() {
                "The issuer and the Okta domain differ, or the response came from another Okta.".to_owned()
            } else {
                format!("The issuer saved here is not that of {name}, or the response came from another one.")
            },
        )
        .put(
            at.place(&if at.is_okta() {
                format!("{}: choose the Okta URL, and type it as Okta domain in the set-up step Credentials", places.issuer)
            } else {
                format!("{} must be the one saved here, which is", places.issuer)
            }),
            &oidc.connection.issuer,
        ),
        "access_denied" => finding(
            Warn,
            &format!("{label} refused a sign-in"),
            &format!("The person isn't assigned to the app in {name}, or one of its policies refused them."),
        )
        .go(at.place(places.admit))
        .go(at.place(places.policy)),
        "invalid_request" | "unauthorized_client" | "unsupported_response_type" if !cured => finding(
            Bad,
            &format!("{label} does not accept the app's request ({})", refused.detail),
            &format!("The app in {name} is not set up for the authorization code."),
        )
        .go(at.place(places.grant))
        .put(redirect_uris(at), facts.paste.redirect_uri()),
        "invalid_scope" if !cured => finding(Bad, &format!("{label} does not allow the scopes"), "The app may not request openid, profile and email.")
            .go(at.place(places.scopes)),
        "provider_unreachable" | "provider_not_called" if !cured => finding(
            Bad,
            &format!("{label} could not be reached ({})", refused.detail),
            &format!("The {} is not reachable from here, or is not an address that this service may call.", domain(at)),
        )
        .go(compare_issuer(at)),
        "not_fresh" if !cured => finding(
            Warn,
            &format!("{label} did not ask somebody for their password again"),
            &format!("After an end of access the person has to authenticate again, and {name} answered with the old sign-in."),
        )
        .go(at.place(places.again)),
        "other_browser" | "spent" | "deactivated" | "connection_changed" | "raced" | "conflict" | "issuer_changed" | "app_taken" | "malformed" => return None,
        _ if cured => return None,
        _ => finding(Note, &format!("A sign-in was refused: {reason} {}", refused.detail), "The audit trail and the request have the details.")
            .go("Requests: open the newest refused sign-in"),
    })
}

/// Where the redirect URIs are.
pub(super) fn redirect_uris(at: &Provider) -> String {
    at.place(&format!("{}{}", at.oidc.redirect_uris, at.redirect_uri))
}

/// Advice to copy client id and secret.
fn credentials(at: &Provider) -> String {
    at.place(&if at.is_okta() {
        "General › Client Credentials: copy Client ID and client secret into the set-up step Credentials"
            .to_owned()
    } else {
        format!("copy {} and {} into the settings of the connection's page", at.client_id, at.client_secret)
    })
}

/// Where “More settings” is.
pub(super) fn more(at: &Provider) -> &'static str {
    if at.is_okta() { "in the set-up step Credentials" } else { "on the connection's page" }
}

/// What the settings call the address of the provider.
pub(super) fn domain(at: &Provider) -> &'static str {
    if at.is_okta() { "Okta domain" } else { "issuer" }
}

/// Advice to compare the issuer.
pub(super) fn compare_issuer(at: &Provider) -> String {
    if at.is_okta() {
        "Set-up, step Credentials: compare Okta domain with the Issuer that Okta shows".to_owned()
    } else {
        format!("The connection's page: compare the issuer with the one that {} shows", at.name)
    }
}

/// Id of the finding, for each reason that has its own.
const ID: [(&str, &str); 10] = [
    ("not_provisioned", "not_provisioned"),
    ("domain_not_verified", "domain_not_verified"),
    ("client_refused", "client_secret"),
    ("code_refused", "code_refused"),
    ("id_token", "issuer"),
    ("mixed_up", "issuer"),
    ("access_denied", "not_assigned"),
    ("provider_unreachable", "issuer_unreachable"),
    ("provider_not_called", "issuer_unreachable"),
    ("not_fresh", "not_fresh"),
];
