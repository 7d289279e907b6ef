use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Value};
async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let name = event.payload["Name"].as_str().ok_or("nobody to greet")?;
    println!("greeting {name}");
    Ok(json!({ "greeting": format!("hello {name}"), "id": event.context.request_id }))
}
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> { run(service_fn(handle)).await }
