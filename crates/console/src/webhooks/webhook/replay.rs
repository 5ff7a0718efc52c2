//! `POST /webhooks/{id}/deliveries/{delivery}/replay`: sends one delivery again.

use actix_web::web;
use vestibule_admin::{Refusal, outbox::deliveries};
use vestibule_store::outbox::deliveries::DeliveryFilter;

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form, request::id_of},
    webhooks::webhook::{change::change_and_show, read::deliveries_of},
};

/// Sends the delivery again.
pub async fn replay(form: Form<Administrator, ()>, path: web::Path<(String, String)>) -> PageResult {
    let (id, delivery_id) = (id_of(&path.0), id_of(&path.1));
    change_and_show(&form.visitor, &id, move |conn, actor, _, webhook| {
        let which = DeliveryFilter { delivery_id: Some(&delivery_id), ..deliveries_of(&webhook) };
        match deliveries::replay(conn, actor, &which)? {
            0 => Err(Refusal::Conflict("it still waits to be delivered, or is no longer stored".to_owned())),
            _ => Ok(()),
        }
    })
    .await
}
