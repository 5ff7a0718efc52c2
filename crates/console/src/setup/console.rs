//! `/integrations/okta/setup/{step}`: the steps in the console. Auditors see them without a form.

use actix_web::web;

use crate::{
    layout::{
        access::{Administrator, Reader},
        error::PageResult,
        form::Form,
    },
    setup::{
        act::act,
        caller::{Caller, Sent},
        page,
        step::Step,
    },
};

/// Leads to the first open step.
pub(crate) async fn first_open(reader: &Reader) -> PageResult {
    page::first_open(&Caller::from(reader)).await
}

/// `GET /integrations/okta/setup/{step}`
pub async fn get(reader: Reader, path: web::Path<String>) -> PageResult {
    let caller = Caller::from(&reader);
    let step = Step::find(&path).ok_or_else(|| caller.no_step())?;
    page::get(&caller, step).await
}

/// `POST /integrations/okta/setup/{step}`: the form of a step.
pub async fn post(form: Form<Administrator, Sent>, path: web::Path<String>) -> PageResult {
    let caller = Caller::Console(Box::new((*form.visitor).clone()));
    let step = Step::find(&path).ok_or_else(|| caller.no_step())?;
    act(&caller, step, &form.fields).await
}
