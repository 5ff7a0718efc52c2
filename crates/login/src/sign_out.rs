//! `POST /auth/sign-out`: ends this browser's session, here. Okta's own session is Okta's.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use serde_json::json;
use vestibule_store::{Error, events, sessions};
use vestibule_web::{State, input::Parameters, page, page::Refused, request, session};

/// Ends the session and says so on the sign-in page.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let form = match Parameters::of_form(&req, payload).await {
        Ok(form) => form,
        Err(error) => {
            return Refused::new(error.status(), "This form can't be read", error.to_string()).page(&state);
        }
    };
    let signed_in = match session::find(&state, &req).await {
        Ok(signed_in) => signed_in,
        Err(error) => return page::failed(&state, &request::id(&req), &error),
    };
    if let Some(signed_in) = signed_in {
        if !signed_in.sent(form.text("csrf")) {
            return Refused::new(
                StatusCode::FORBIDDEN,
                "You are still signed in",
                "The form was not one of this session's pages.",
            )
            .advise("Go back, reload the page and sign out again.")
            .page(&state);
        }
        let (cause, now) = (request::cause(&req, signed_in.actor()), state.now());
        let presented = session::presented(&state, &req);
        let ended = state.write(move |conn| {
            if let Some(presented) = &presented {
                sessions::end(conn, presented)?;
            }
            let (user, session) = (&signed_in.user, &signed_in.session);
            let data = json!({ "session": session.session_id });
            events::record(conn, &user.workspace_id, "signed_out", &cause, &user.target(), &data, now)?;
            Ok::<_, Error>(())
        });
        if let Err(error) = ended.await {
            return page::failed(&state, &request::id(&req), &error);
        }
    }
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, state.app_url("/auth?signed_out=1")))
        .cookie(session::removal(&state))
        .finish()
}
