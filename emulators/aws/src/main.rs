//! SNS and SQS in one process, for the tests of edafw: `edafw-emulator-aws ADDRESS [--stay]`.
//!
//! It prints the address that it listens on, forgets everything when it ends, and ends when its standard input
//! does, so that no test leaves one behind; with `--stay` it runs until it is killed.
#![forbid(unsafe_code)]

mod order;

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Extension, Router};
use fakecloud_core::delivery::DeliveryBus;
use fakecloud_core::dispatch::{self, DispatchConfig};
use fakecloud_core::multi_account::MultiAccountState;
use fakecloud_core::registry::ServiceRegistry;
use fakecloud_sns::{SharedSnsState, SnsService};
use fakecloud_sqs::delivery::SqsDeliveryImpl;
use fakecloud_sqs::{SharedSqsState, SqsService};
use parking_lot::RwLock;
use tokio::net::TcpListener;

const ACCOUNT: &str = "000000000000";
const REGION: &str = "eu-central-1";

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let stays = arguments.next().is_some_and(|word| word == "--stay");
    let listener = TcpListener::bind(&address).await?;
    let place = listener.local_addr()?;
    let endpoint = format!("http://{place}");

    let sqs: SharedSqsState = Arc::new(RwLock::new(MultiAccountState::new(ACCOUNT, REGION, &endpoint)));
    let sns: SharedSnsState = Arc::new(RwLock::new(MultiAccountState::new(ACCOUNT, REGION, &endpoint)));
    let to_queues = DeliveryBus::new().with_sqs(Arc::new(SqsDeliveryImpl::new(Arc::clone(&sqs))));
    let mut services = ServiceRegistry::new();
    services.register(Arc::new(SqsService::new(Arc::clone(&sqs)).with_region(REGION)));
    services.register(Arc::new(SnsService::new(sns, Arc::new(to_queues)).with_region(REGION)));

    let router = Router::new()
        .fallback(dispatch::dispatch)
        .layer(middleware::from_fn_with_state(Arc::clone(&sqs), in_order))
        .layer(Extension(Arc::new(services)))
        .layer(Extension(Arc::new(DispatchConfig::new(REGION, ACCOUNT))))
        .into_make_service_with_connect_info::<SocketAddr>();
    println!("{endpoint}");
    if !stays {
        std::thread::spawn(|| {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            std::process::exit(0);
        });
    }
    tokio::spawn(order::keep(sqs));
    axum::serve(listener, router).await
}

/// A request that gives messages back is answered when they are at their places.
async fn in_order(State(queues): State<SharedSqsState>, request: Request, next: Next) -> Response {
    order::restore(&queues);
    let response = next.run(request).await;
    order::restore(&queues);
    response
}
