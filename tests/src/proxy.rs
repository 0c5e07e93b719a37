//! A way to a server that is cut at the worst moment.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How what a client says ends that ends a transaction: on PostgreSQL, on MySQL and MariaDB.
const COMMITS: [&[u8]; 2] = [b"Q\0\0\0\x0bcommit\0", b"commit;\n"];

/// Passes everything on to a server, and cuts a connection after some of the COMMITs on it: the server gets it,
/// the client gets no answer.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    cuts: Arc<AtomicU32>,
}

impl Proxy {
    /// A proxy that cuts every `nth` COMMIT.
    pub fn to(server: String, nth: u32) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (cuts, commits) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let counter = Arc::clone(&cuts);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&server) else { continue };
                let (cuts, commits) = (Arc::clone(&counter), Arc::clone(&commits));
                let answers = [&server, &client].map(|one| one.try_clone().expect("a second handle"));
                std::thread::spawn(move || pass_on(client, server, nth, &commits, &cuts));
                std::thread::spawn(move || answer(answers));
            }
        });
        Self { address, cuts }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How many connections it has cut.
    pub fn cuts(&self) -> u32 {
        self.cuts.load(Ordering::SeqCst)
    }
}

fn pass_on(mut client: TcpStream, mut server: TcpStream, nth: u32, commits: &AtomicU32, cuts: &AtomicU32) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let said = &buffer[..length];
        let commits_now = COMMITS.iter().any(|commit| said.ends_with(commit));
        let cut = commits_now && (commits.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(nth);
        if cut {
            // First the way back: no answer must slip through.
            let _ = client.shutdown(Shutdown::Both);
            cuts.fetch_add(1, Ordering::SeqCst);
        }
        if server.write_all(said).is_err() || cut {
            break;
        }
    }
    // The server reads what was sent before it notices that nobody listens.
    let _ = server.shutdown(Shutdown::Write);
    let _ = client.shutdown(Shutdown::Both);
}

fn answer([mut server, mut client]: [TcpStream; 2]) {
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}
