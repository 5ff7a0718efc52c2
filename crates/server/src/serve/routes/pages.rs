//! Pages for people, on the app host.

use vestibule_console::{
    account::{self, api_tokens, apps, sessions, theme},
    agents,
    audit::{activity, receipt, request, requests},
    credentials::{clients as oauth_clients, tokens},
    drift, home, overview,
    people::{self, person},
    plan,
    provider::{self, conflicts, connection_domains, oidc, okta, saml, sync},
    roles::{self, entitlements, mapping, role},
    search,
    settings::{self, policies, provisioning},
    setup::{browser, console},
    sign_in,
    webhooks::{self, webhook},
};
use vestibule_login::{arrive, sign_out, test_sign_in};

use super::route::{
    Access::{Administrator, AdministratorOrSetUp, Anyone, Auditor, Proof, User},
    ROOT, Route, Surface,
};

fn pages(path: &str) -> Route {
    Route::new(&ROOT, path, Surface::Pages)
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        pages("/").get(Anyone, home::get),
        pages("/auth").get(Anyone, sign_in::get).post(Anyone, sign_in::post).in_read_only(),
        pages("/auth/arrive").get(Proof, arrive::get).used_once(),
        pages("/auth/test").post(AdministratorOrSetUp, test_sign_in::post).in_read_only(),
        pages("/auth/sign-out").post(Anyone, sign_out::post).in_read_only(),
        pages("/account").get(User, account::get),
        pages("/account/tokens").post(User, api_tokens::create),
        pages("/account/tokens/{id}/revoke").post(User, api_tokens::revoke).in_read_only(),
        pages("/account/apps/{id}/end").post(User, apps::end).in_read_only(),
        pages("/account/sessions/end-others").post(User, sessions::end_others).in_read_only(),
        pages("/account/sessions/end-all").post(User, sessions::end_all).in_read_only(),
        pages("/account/sessions/{id}/end").post(User, sessions::end_one).in_read_only(),
        pages("/account/theme").post(User, theme::post),
        pages("/overview").get(Auditor, overview::get),
        pages("/people").get(Auditor, people::get),
        pages("/people/access.csv").get(Auditor, people::export_access),
        pages("/people/{id}").get(Auditor, person::get),
        pages("/people/{id}/end-access")
            .get(Administrator, person::ask)
            .post(Administrator, person::end_access)
            .in_read_only(),
        pages("/people/{id}/sessions/{session}/end").post(Administrator, person::end_session).in_read_only(),
        pages("/people/{id}/free-external-id").post(Administrator, person::free_external_id),
        pages("/people/{id}/roles").post(Administrator, person::set_roles),
        pages("/people/{id}/apps/{grant}/end").post(Administrator, person::end_app).in_read_only(),
        pages("/people/{id}/tokens/{token}/revoke").post(Administrator, person::revoke_token).in_read_only(),
        pages("/drift").get(Auditor, drift::get),
        pages("/drift/compare").post(Auditor, drift::post).in_read_only(),
        pages("/groups").get(Auditor, people::groups::get),
        pages("/groups/{id}").get(Auditor, people::groups::get_one),
        pages("/plan").get(Auditor, plan::get),
        pages("/plan/people.csv").get(Auditor, plan::export),
        pages("/plan/apply").get(Administrator, plan::ask_apply).post(Administrator, plan::apply),
        pages("/plan/discard").get(Administrator, plan::ask_discard).post(Administrator, plan::discard),
        pages("/roles").get(Auditor, roles::get).post(Administrator, roles::create),
        pages("/roles/{id}").get(Auditor, role::get).post(Administrator, role::post),
        pages("/roles/{id}/ceiling")
            .get(Administrator, role::ask_ceiling)
            .post(Administrator, role::set_ceiling),
        pages("/roles/{id}/delete").get(Administrator, role::ask_delete).post(Administrator, role::delete),
        pages("/entitlements").post(Administrator, entitlements::create),
        pages("/entitlements/{id}/delete")
            .get(Administrator, entitlements::ask_delete)
            .post(Administrator, entitlements::delete),
        pages("/mapping").get(Administrator, mapping::get).post(Administrator, mapping::post),
        pages("/mapping/preview").get(Administrator, mapping::get_preview),
        pages("/integrations/okta").get(Auditor, okta::get),
        pages("/integrations/okta/setup/{step}")
            .get(Auditor, console::get)
            .post(Administrator, console::post),
        pages("/integrations/okta/check").post(Administrator, okta::post_check).in_read_only(),
        pages("/integrations/okta/ipsie").get(Auditor, provider::ipsie::get),
        pages("/integrations/okta/ipsie/export").get(Auditor, provider::ipsie::export),
        pages("/integrations/okta/state").get(Auditor, okta::get_state),
        pages("/integrations/okta/sync").post(Administrator, sync::post),
        pages("/integrations/okta/brake").post(Administrator, provider::brake::post),
        pages("/integrations/okta/conflicts")
            .get(Auditor, conflicts::get)
            .post(Administrator, conflicts::post),
        pages("/integrations/okta/oidc/new").get(Auditor, oidc::get_new).post(Administrator, oidc::post_new),
        pages("/integrations/okta/oidc/{connection}").get(Auditor, oidc::get).post(Administrator, oidc::post),
        pages("/integrations/okta/oidc/{connection}/switch").post(Administrator, oidc::post_switch),
        pages("/integrations/okta/oidc/{connection}/delete")
            .get(Administrator, oidc::ask_delete)
            .post(Administrator, oidc::delete),
        pages("/integrations/okta/connections/{connection}/domains")
            .post(Administrator, connection_domains::post),
        pages("/integrations/okta/saml/new").get(Auditor, saml::get_new).post(Administrator, saml::post_new),
        pages("/integrations/okta/saml/{connection}").get(Auditor, saml::get).post(Administrator, saml::post),
        pages("/integrations/okta/saml/{connection}/switch").post(Administrator, saml::post_switch),
        pages("/integrations/okta/saml/{connection}/delete")
            .get(Administrator, saml::ask_delete)
            .post(Administrator, saml::delete),
        pages("/settings").get(Auditor, settings::get),
        pages("/settings/domains").post(Administrator, settings::domains),
        pages("/settings/sign-in").post(Administrator, policies::post),
        pages("/search").get(Auditor, search::get),
        pages("/receipts/{id}").get(Auditor, receipt::get),
        pages("/receipts/{id}/export").get(Auditor, receipt::export),
        pages("/requests").get(Auditor, requests::get),
        pages("/requests/{id}").get(Auditor, request::get),
        pages("/requests/{id}/replay")
            .get(Administrator, request::replay::get)
            .post(Administrator, request::replay::post),
        pages("/tokens").get(Auditor, tokens::get).post(Administrator, tokens::create),
        pages("/tokens/{id}/rotation").get(Auditor, tokens::get_rotation),
        pages("/tokens/{id}/rotate").post(Administrator, tokens::rotate),
        pages("/tokens/{id}/revoke")
            .get(Administrator, tokens::ask_revoke)
            .post(Administrator, tokens::revoke)
            .in_read_only(),
        pages("/tokens/clients").get(Auditor, oauth_clients::list),
        pages("/tokens/clients/{client}")
            .get(Auditor, oauth_clients::get)
            .post(Administrator, oauth_clients::post),
        pages("/tokens/clients/{client}/secrets").post(Administrator, tokens::add_secret),
        pages("/tokens/clients/{client}/secrets/{secret}/end")
            .get(Administrator, tokens::ask_end_secret)
            .post(Administrator, tokens::end_secret)
            .in_read_only(),
        pages("/tokens/grants/{grant}/end")
            .get(Administrator, tokens::ask_end_grant)
            .post(Administrator, tokens::end_grant)
            .in_read_only(),
        pages("/integrations/agents").get(Auditor, agents::get).post(Administrator, agents::post),
        pages("/integrations/agents/end")
            .get(Administrator, agents::ask_end)
            .post(Administrator, agents::end)
            .in_read_only(),
        pages("/webhooks").get(Auditor, webhooks::get).post(Administrator, webhooks::create),
        pages("/webhooks/{id}").get(Auditor, webhook::get).post(Administrator, webhook::post),
        pages("/webhooks/{id}/secrets").post(Administrator, webhook::add_secret),
        pages("/webhooks/{id}/deliveries/{delivery}/replay").post(Administrator, webhook::replay),
        pages("/webhooks/{id}/delete")
            .get(Administrator, webhook::ask_delete)
            .post(Administrator, webhook::delete),
        pages("/activity").get(Auditor, activity::get),
        pages("/activity/export").get(Auditor, activity::export),
        pages("/activity/verify").post(Auditor, activity::verify).in_read_only(),
        pages("/settings/provisioning").post(Administrator, provisioning::post),
        pages("/setup").get(Proof, browser::index),
        pages("/setup/done").get(Proof, browser::summary).post(Proof, browser::done).in_read_only(),
        pages("/setup/{link}").get(Proof, browser::get).post(Proof, browser::post).used_once(),
    ]
}
