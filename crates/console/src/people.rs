//! `/people`: who is in the workspace, by name, a page at a time. For whoever may see it (`auth::reader`).

pub mod groups;
pub mod person;
pub mod person_roles;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_core::fold::fold;
use vestibule_store::{
    Conn,
    people::users::{self, User},
    search::{Column, Condition, Op, Place, Rows, Test},
};
use vestibule_web::{State, http::request, pages};

use crate::layout::{auth, pager::Pager};

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    total: i64,
    users: Vec<User>,
    pager: Pager,
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (visitor, query) = match auth::reader_s_query(&req, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let pager = Pager::of("/people", &query);
    let wanted = pager.page(named(&pager.asked), Place::Column(Column::UserName));
    let workspace_id = visitor.workspace.workspace_id.clone();
    let everybody = pager.asked.is_empty();
    let of_job = workspace_id.clone();
    let job = move |conn: &mut Conn| users::list(conn, &of_job, &wanted);
    let read = match everybody {
        true => state.read(job).await,
        false => state.search(&workspace_id, job).await,
    };
    match read {
        Ok(listed) => {
            let total = listed.total;
            let content = PeoplePage { total, users: listed.resources, pager: pager.counted(total) };
            pages::render(&state, StatusCode::OK, "People", &visitor.around(), &content)
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// Everybody in whose user name, name or e-mail address this stands.
fn named(asked: &str) -> Condition {
    if asked.is_empty() {
        return Condition::Always;
    }
    let holds = |place| Condition::Is(place, Test::Text(Op::Contains, fold(asked)));
    Condition::Or(vec![
        holds(Place::Column(Column::UserName)),
        holds(Place::Column(Column::DisplayName)),
        Condition::Any(Rows::Emails, Box::new(holds(Place::Row(Column::Email)))),
    ])
}
