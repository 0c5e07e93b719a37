//! `run --http ADDR`: `/health` and `/metrics`, for probes and Prometheus.
//!
//! The metrics are rendered here, from what the worker counts anyway: a few lines, where the crate that does it
//! for the `metrics` facade would bring two dozen others.

mod metrics;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Backend, Error, ErrorKind, EventStore, Result};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use crate::Worker;
use metrics::Metrics;

/// Requests answered at the same time; more wait.
const AT_ONCE: usize = 32;

/// How long a client may take to ask, and the database to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A place where clients can knock.
pub(super) struct Door {
    listener: TcpListener,
}

/// Listens. Done before anything else, so that a port that is taken is told at once.
pub(super) async fn open(address: SocketAddr) -> Result<Door> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Error::new(ErrorKind::Unavailable, format!("cannot listen on {address}")).caused_by(error)
    })?;
    Ok(Door { listener })
}

/// Answers until the task is aborted.
pub(super) fn answer<B: Backend>(door: Door, worker: Arc<Worker<B>>) -> JoinHandle<()> {
    let listener = door.listener;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "answers /health and /metrics");
    }
    let metrics = Arc::new(Metrics::new(worker));
    tokio::spawn(async move {
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        // Dropped with this task: no request outlives the worker.
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let metrics = Arc::clone(&metrics);
                    connections.spawn(async move {
                        serve(stream, metrics).await;
                        drop(permit);
                    });
                }
                // Out of file descriptors, most likely: not to be tried again at once.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    })
}

async fn serve<B: Backend>(stream: TcpStream, metrics: Arc<Metrics<B>>) {
    let service = service_fn(|request: Request<Incoming>| {
        let metrics = Arc::clone(&metrics);
        async move { Ok::<_, Infallible>(respond(&request, &metrics).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // A client that goes away early is its own business.
    let _ = connection.await;
}

async fn respond<B: Backend>(request: &Request<Incoming>, metrics: &Metrics<B>) -> Response<String> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET\n".to_owned());
    }
    match request.uri().path() {
        "/health" => health(metrics.worker()).await,
        "/metrics" => {
            let rendered = tokio::time::timeout(PATIENCE, metrics.render()).await;
            match rendered {
                Ok(Ok(rendered)) => text(StatusCode::OK, "text/plain; version=0.0.4", rendered),
                Ok(Err(error)) => text(StatusCode::SERVICE_UNAVAILABLE, "text/plain", error.to_string()),
                Err(_) => text(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "took too long\n".to_owned()),
            }
        }
        _ => text(StatusCode::NOT_FOUND, "text/plain", "there are /health and /metrics\n".to_owned()),
    }
}

/// Whether the database answers and every loop can go on.
async fn health<B: Backend>(worker: &Worker<B>) -> Response<String> {
    let mut away = worker.failing();
    let database = tokio::time::timeout(PATIENCE, worker.app().store().schema()).await;
    if !matches!(database, Ok(Ok(_))) {
        away.insert(0, "database".to_owned());
    }
    let (status, body) = if away.is_empty() {
        (StatusCode::OK, serde_json::json!({ "status": "ok" }))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, serde_json::json!({ "status": "unavailable", "away": away }))
    };
    text(status, "application/json", body.to_string())
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
