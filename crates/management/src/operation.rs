//! One operation of the API: the route to its handler, and what the OpenAPI document says about it.

use std::borrow::Cow;

use actix_web::{
    FromRequest, Handler, Responder, Route,
    http::{Method, StatusCode},
    web,
};
use utoipa::{
    ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::types::page::{Item, Page};

/// One method of one address.
pub struct Operation {
    /// Method.
    pub method: Method,
    /// Path after `/api/v1`.
    pub path: &'static str,
    /// Whether the operation needs no operator key.
    pub is_open: bool,
    /// Whether the operation also runs in read-only mode.
    pub runs_in_read_only: bool,
    /// Makes the route to its handler.
    pub route: Box<dyn Fn() -> Route + Send + Sync>,
    /// Its `operationId`.
    pub(crate) id: &'static str,
    /// Tag that groups operations.
    pub(crate) tag: &'static str,
    /// Summary, in one line.
    pub(crate) summary: &'static str,
    /// Names of query parameters.
    pub(crate) query: Vec<&'static str>,
    /// Request body.
    pub(crate) body: Option<Content>,
    /// Answers that are no refusals.
    pub(crate) answers: Vec<(StatusCode, Option<Content>)>,
}

/// A JSON document by its type.
pub(crate) struct Content {
    /// Name of its schema.
    pub name: Cow<'static, str>,
    /// Adds its schema and those that it refers to.
    pub collect: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Content {
    fn of<T: ToSchema>() -> Self {
        Self {
            name: T::name(),
            collect: |schemas| {
                schemas.push((T::name().into_owned(), T::schema()));
                T::schemas(schemas);
            },
        }
    }
}

impl Operation {
    fn new<F, Args>(method: Method, path: &'static str, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let verb = method.clone();
        Self {
            method,
            path,
            is_open: false,
            runs_in_read_only: false,
            route: Box::new(move || web::method(verb.clone()).to(handler.clone())),
            id: "",
            tag: "",
            summary: "",
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
        }
    }

    /// Sets `operationId`, tag and summary.
    pub(crate) fn named(mut self, id: &'static str, tag: &'static str, summary: &'static str) -> Self {
        (self.id, self.tag, self.summary) = (id, tag, summary);
        self
    }

    /// Marks the operation as one that needs no operator key.
    pub(crate) fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// Marks a change as one that also runs in read-only mode: it ends access.
    pub(crate) fn in_read_only(mut self) -> Self {
        self.runs_in_read_only = true;
        self
    }

    /// Takes these query parameters.
    pub(crate) fn query(mut self, names: &[&'static str]) -> Self {
        self.query.extend(names);
        self
    }

    /// Takes a JSON body.
    pub(crate) fn body<T: ToSchema>(mut self) -> Self {
        self.body = Some(Content::of::<T>());
        self
    }

    /// Answers 200 with a page of a list.
    pub(crate) fn page<T: Item>(self) -> Self {
        self.query(&["limit", "cursor"]).ok::<Page<T>>()
    }

    /// Answers 200.
    pub(crate) fn ok<T: ToSchema>(self) -> Self {
        self.answer(StatusCode::OK, Some(Content::of::<T>()))
    }

    /// Answers 201.
    pub(crate) fn created<T: ToSchema>(self) -> Self {
        self.answer(StatusCode::CREATED, Some(Content::of::<T>()))
    }

    /// Answers 204.
    pub(crate) fn done(self) -> Self {
        self.answer(StatusCode::NO_CONTENT, None)
    }

    fn answer(mut self, status: StatusCode, content: Option<Content>) -> Self {
        self.answers.push((status, content));
        self
    }
}

macro_rules! verbs {
    ($($name:ident $method:ident),*) => {$(
        #[doc = concat!("A ", stringify!($method), " operation.")]
        pub(crate) fn $name<F, Args>(path: &'static str, handler: F) -> Operation
        where
            F: Handler<Args> + Send + Sync,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            Operation::new(Method::$method, path, handler)
        }
    )*};
}

verbs!(get GET, post POST, put PUT, patch PATCH, delete DELETE);
