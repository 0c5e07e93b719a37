//! The server's side of a part.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use axum::Router;
use edafw::{App, AppBuilder, Backend};
use tokio::net::TcpListener;

use crate::running::LISTENS;

/// Answers the HTTP requests to a service until the process is killed, at a free port of this machine alone.
pub fn serve<B: Backend>(builder: AppBuilder<B>, routes: impl FnOnce(App<B>) -> Router) -> ExitCode {
    let service = builder.service().to_owned();
    let served = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(try_serve(builder, routes)),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = served {
        eprintln!("{service}: {error}");
    }
    ExitCode::FAILURE
}

async fn try_serve<B: Backend>(
    builder: AppBuilder<B>,
    routes: impl FnOnce(App<B>) -> Router,
) -> Result<(), String> {
    let app = builder.connect().await.map_err(|error| error.chain())?;
    let io = |error: std::io::Error| error.to_string();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(io)?;
    let mut out = std::io::stdout();
    writeln!(out, "{LISTENS}{}", listener.local_addr().map_err(io)?).map_err(io)?;
    out.flush().map_err(io)?;
    axum::serve(listener, routes(app)).await.map_err(io)
}
