//! A client of servers that are killed now and then.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Waits before a request is made again.
const PAUSE: Duration = Duration::from_millis(20);

/// How often a request is made at most: a server that is killed is back within a second or two.
const TRIES: u32 = 1_000;

/// Makes each request until it is answered.
///
/// A connection that breaks says nothing of what the server has done, so every request must be one that may be made
/// twice.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    address: watch::Receiver<Option<SocketAddr>>,
}

/// A request that was refused, or never answered.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server does not want it, now or later.
    #[error("{method} {path} was answered {status}: {body}")]
    Refused {
        /// What was asked.
        method: Method,
        /// Of what.
        path: String,
        /// The answer's status.
        status: StatusCode,
        /// The answer.
        body: String,
    },
    /// No answer, however often it was asked.
    #[error("{method} {path} was never answered: {last}")]
    Unanswered {
        /// What was asked.
        method: Method,
        /// Of what.
        path: String,
        /// What went wrong at last.
        last: String,
    },
}

impl Client {
    /// A client of the server whose address this is.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(address: watch::Receiver<Option<SocketAddr>>) -> reqwest::Result<Self> {
        // A proxy of the environment is none for this machine.
        Ok(Self { http: reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?, address })
    }

    /// Asks until there is an answer. 2xx is one, and so is a refusal, 4xx; but 404 and 5xx are asked again: what is
    /// not there yet may come.
    ///
    /// # Errors
    /// The server refused, or never answered.
    pub async fn ask<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<A, ClientError> {
        let mut last = String::new();
        for _ in 0..TRIES {
            match self.ask_once(method.clone(), path, body).await {
                Ok(response) if response.status().is_success() => match response.json().await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => last = error.to_string(),
                },
                Ok(response) => {
                    let status = response.status();
                    let body = response.text().await.unwrap_or_default();
                    if status.is_client_error() && status != StatusCode::NOT_FOUND {
                        return Err(ClientError::Refused { method, path: path.to_owned(), status, body });
                    }
                    last = format!("{status}: {body}");
                }
                Err(error) => last = error,
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(ClientError::Unanswered { method, path: path.to_owned(), last })
    }

    async fn ask_once(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<reqwest::Response, String> {
        let address = *self.address.borrow();
        let Some(address) = address else { return Err("the server is not up".to_owned()) };
        let request = self.http.request(method, format!("http://{address}{path}")).json(body);
        request.send().await.map_err(|error| error.to_string())
    }
}
