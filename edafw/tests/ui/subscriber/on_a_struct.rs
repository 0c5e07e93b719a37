use edafw::subscriber;
edafw::service!("shop");
#[subscriber(layer = internal)]
struct Mailer;
fn main() {}
