//! Name lookup for requests that may reach only public addresses.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use wechat_material::AddressPolicy;

/// The system's resolver, except that it fails if an address is not public. Reqwest connects only to the addresses that it
/// returns, but does not ask it if the URL contains an address instead of a name.
pub(crate) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Reqwest sets the port.
            let resolved: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            for address in &resolved {
                AddressPolicy::PublicOnly.check_address(address.ip())?;
            }
            Ok(Box::new(resolved.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use wechat_material::AddressError;

    use super::*;

    async fn resolved(name: &str) -> Result<Vec<SocketAddr>, AddressError> {
        match PublicResolver.resolve(name.parse().unwrap()).await {
            Ok(addresses) => Ok(addresses.collect()),
            Err(error) => Err(*error.downcast().unwrap()),
        }
    }

    #[test]
    fn only_public_addresses_are_returned() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            assert_eq!(resolved("1.1.1.1").await, Ok(vec![SocketAddr::from(([1, 1, 1, 1], 0))]));
            let refused = resolved("localhost").await;
            assert!(
                matches!(refused, Err(AddressError::NotPublic(address)) if address.is_loopback()),
                "{refused:?}"
            );
        });
    }
}
