//! Enforces the lowest speed of a request body. Every body is read through this module. The reader of a body that is too slow gets
//! [`std::io::ErrorKind::TimedOut`], and the response is 408 (RFC 9110 §15.5.9). If a part of the body is unread when the response is
//! sent, the connection is closed.

use std::{
    cell::{Cell, RefCell},
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::StatusCode,
    middleware::Next,
    web::{self, Bytes},
};
use futures_util::Stream;
use tokio::time::{Instant, Sleep};
use vestibule_web::{State, config::Server};

use crate::serve::connections::{Busy, Open};

/// Times the body of a request, and marks its connection as busy until the response has been sent.
pub(crate) async fn time(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let busy = req.conn_data::<Open>().map(Open::busy);
    let pace = req.app_data::<web::Data<State>>().map(|state| Pace::of(&state.config().server));
    let (timed_out, mut unread) = (Rc::new(Cell::new(false)), None);
    match (req.take_payload(), pace) {
        (Payload::None, _) => {}
        (payload, None) => req.set_payload(payload),
        (payload, Some(pace)) => {
            let payload = Rc::new(RefCell::new(payload));
            unread = Some(Rc::clone(&payload));
            let timed_out = Rc::clone(&timed_out);
            let timed = Timed { payload, pace, began: None, received: 0, timer: None, timed_out };
            req.set_payload(Payload::Stream { payload: Box::pin(timed) });
        }
    }
    let mut response = next.call(req).await?;
    // Handlers of some protocols return 400 for every body that they can't read.
    if timed_out.get() && response.status() == StatusCode::BAD_REQUEST {
        *response.response_mut().status_mut() = StatusCode::REQUEST_TIMEOUT;
    }
    Ok(response.map_body(|_, body| Answering { body: Box::pin(body), _unread: unread, _busy: busy }))
}

/// The settings of `[server]` about bodies.
#[derive(Debug, Clone, Copy)]
struct Pace {
    whole: Duration,
    grace: Duration,
    bytes_per_second: u64,
}

impl Pace {
    fn of(config: &Server) -> Self {
        Self {
            whole: Duration::from_secs(config.body_seconds),
            grace: Duration::from_secs(config.body_grace_seconds),
            bytes_per_second: config.body_bytes_per_second.max(1),
        }
    }

    /// The longest time for a body of which this many bytes were received.
    fn allows(&self, received: u64) -> Duration {
        let earned = Duration::from_secs(received / self.bytes_per_second);
        self.whole.min(self.grace.saturating_add(earned))
    }
}

/// A body with a lowest speed. Time counts from the moment at which its reader begins to wait.
struct Timed {
    payload: Rc<RefCell<Payload>>,
    pace: Pace,
    began: Option<Instant>,
    received: u64,
    timer: Option<Pin<Box<Sleep>>>,
    timed_out: Rc<Cell<bool>>,
}

impl Stream for Timed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut *this.payload.borrow_mut()).poll_next(cx);
        if let Poll::Ready(item) = polled {
            if let Some(Ok(chunk)) = &item {
                this.received = this.received.saturating_add(chunk.len() as u64);
            }
            return Poll::Ready(item);
        }
        let due = *this.began.get_or_insert_with(Instant::now) + this.pace.allows(this.received);
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        if timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        this.timed_out.set(true);
        Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

/// The body of a response. It owns the request's body until the response has been sent. If the request's body is unread then, actix-http
/// closes the connection; if the body had been dropped before, actix-http would read a chunked body without end.
struct Answering<B> {
    body: Pin<Box<B>>,
    _unread: Option<Rc<RefCell<Payload>>>,
    _busy: Option<Busy>,
}

impl<B: MessageBody> MessageBody for Answering<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.get_mut().body.as_mut().poll_next(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_earns_time_by_what_has_come_up_to_a_limit() {
        let second = Duration::from_secs;
        let pace = Pace { whole: second(60), grace: second(10), bytes_per_second: 1024 };
        for (received, allowed) in [(0, 10), (1023, 10), (1024, 11), (20 * 1024, 30), (10_000_000, 60)] {
            assert_eq!(pace.allows(received), second(allowed), "{received}");
        }
    }
}
