//! An address that stays, in front of a server that comes back at another one after it was killed.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What a load balancer is where services are deployed: it passes on what the server's clients say, and hangs up
/// while there is no server.
#[derive(Debug)]
pub(crate) struct Balancer(TcpListener);

impl Balancer {
    /// Has a free port of this machine, where clients wait from now on.
    ///
    /// # Errors
    /// No port is free.
    pub(crate) async fn bind() -> std::io::Result<Self> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map(Self)
    }

    /// The URL of the server.
    ///
    /// # Errors
    /// The system does not say.
    pub(crate) fn url(&self) -> std::io::Result<String> {
        Ok(format!("http://{}", self.0.local_addr()?))
    }

    /// Passes on for ever to the server that is at this address for the moment.
    pub(crate) async fn pass_on(self, server: watch::Receiver<Option<SocketAddr>>) -> Infallible {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.0.accept() => {
                    let server = *server.borrow();
                    if let (Ok((client, _)), Some(server)) = (accepted, server) {
                        connections.spawn(connect(client, server));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// Until one of the two hangs up.
async fn connect(mut client: TcpStream, server: SocketAddr) {
    if let Ok(mut server) = TcpStream::connect(server).await {
        // How it ended is known at both ends.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}
