//! Single logout (SAML Profiles §4.4), started here and at the provider.

mod from_here;
mod from_provider;
mod refused;

use vestibule_core::sets::SamlBinding;
use vestibule_simulator::{Browser, LogoutBinding, Page, SingleLogout};

use super::{SamlRoom, keys::certificates};
use crate::support::House;

/// A workspace whose connection and app in Okta have single logout in both directions, with this binding.
async fn connected(house: &House, binding: SamlBinding) -> SamlRoom {
    let acme = SamlRoom::new(house, "Acme").await;
    let own = certificates(house, &acme).await.remove(0);
    let mut settings = acme.room.okta.saml_settings(&acme.app).unwrap();
    let slo = house.url(&format!("/api/okta/saml/slo/{}", acme.room.workspace));
    let mut logout = SingleLogout::new(&slo, settings.audience.clone());
    logout.logout_request_url = Some(slo);
    logout.binding = match binding {
        SamlBinding::Redirect => LogoutBinding::Redirect,
        SamlBinding::Post => LogoutBinding::Post,
    };
    settings.single_logout = Some(logout);
    settings.signature_certificate = Some(own);
    acme.room.okta.update_saml(&acme.app, settings);
    let url = acme.room.okta.saml_instructions(&acme.app).unwrap().single_logout_url;
    acme.change(house, move |connection| {
        connection.slo_response_url = format!("{url}/callback");
        (connection.slo_url, connection.slo_binding) = (url, binding);
    })
    .await;
    acme
}

/// Changes the settings of single logout in Okta.
fn change_logout(acme: &SamlRoom, change: impl FnOnce(&mut SingleLogout)) {
    let mut settings = acme.room.okta.saml_settings(&acme.app).unwrap();
    change(settings.single_logout.as_mut().unwrap());
    acme.room.okta.update_saml(&acme.app, settings);
}

/// Signs the browser out of Okta; returns Okta's page, with a frame for each app.
async fn sign_out_of_okta(acme: &SamlRoom, browser: &Browser) -> Page {
    browser.get(&format!("{}/login/signout", acme.room.okta.issuer())).await.unwrap()
}
