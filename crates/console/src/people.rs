//! `/people`: who is in the workspace, by name, a page at a time. For whoever may see it (`door::reader`).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use url::form_urlencoded::byte_serialize;
use vestibule_store::{
    fold::fold,
    search::{Column, Condition, From, Op, Page, Place, Rows, Sort, SortKind, Test},
    users::{self, User},
};
use vestibule_web::{State, input::Parameters, page, request};

use crate::door;

/// How many stand on a page.
const COUNT: i64 = 25;

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    asked: String,
    total: i64,
    users: Vec<User>,
    number: i64,
    pages: i64,
}

impl PeoplePage {
    /// The address of another page of the same search.
    fn link(&self, number: i64) -> String {
        let asked: String = byte_serialize(self.asked.as_bytes()).collect();
        format!("/people?q={asked}&page={number}")
    }
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let visitor = match door::reader(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let query = match Parameters::of_query(&req) {
        Ok(query) => query,
        Err(error) => return door::unreadable(&state, &error),
    };
    let asked: String = query.text("q").trim().chars().take(100).collect();
    let number = query.text("page").parse::<i64>().unwrap_or(1).clamp(1, 1_000_000);
    let wanted = Page {
        condition: named(&asked),
        sort: Some(Sort {
            elements: None,
            place: Place::Column(Column::UserName),
            kind: SortKind::Text,
            descending: false,
        }),
        from: From::Skip((number - 1) * COUNT),
        count: COUNT,
    };
    let workspace_id = visitor.workspace.workspace_id.clone();
    match state.read(move |conn| users::list(conn, &workspace_id, &wanted)).await {
        Ok(listed) => {
            let pages = (listed.total + COUNT - 1) / COUNT;
            let content = PeoplePage { asked, total: listed.total, users: listed.resources, number, pages };
            page::render(&state, StatusCode::OK, "People", &visitor.around(), &content)
        }
        Err(error) => page::failed(&state, &request::id(&req), &error),
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
