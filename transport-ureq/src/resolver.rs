//! Name lookup for requests that may reach only public addresses.

use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use wechat_material::AddressPolicy;
use wechat_material::http::Uri;

const POLICY: AddressPolicy = AddressPolicy::PublicOnly;

/// ureq's resolver, except that it fails if an address is not public. ureq asks it for every request, even if the URL contains
/// an address instead of a name, and connects only to the addresses that it returns.
#[derive(Debug, Default)]
pub(crate) struct PublicResolver(DefaultResolver);

impl Resolver for PublicResolver {
    fn resolve(
        &self,
        url: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        POLICY.check_host(url.host().unwrap_or_default()).map_err(|error| Error::Other(error.into()))?;
        let resolved = self.0.resolve(url, config, timeout)?;
        for address in &resolved {
            POLICY.check_address(address.ip()).map_err(|error| Error::Other(error.into()))?;
        }
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests {
    use wechat_material::AddressError;

    use super::*;

    fn resolved(url: &str) -> Result<Vec<String>, AddressError> {
        let (config, timeout) = (Config::default(), NextTimeout::default());
        match PublicResolver::default().resolve(&url.parse().unwrap(), &config, timeout) {
            Ok(addresses) => Ok(addresses.iter().map(ToString::to_string).collect()),
            Err(Error::Other(error)) => Err(*error.downcast().unwrap()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn public_addresses_are_returned_with_the_port() {
        assert_eq!(resolved("http://1.1.1.1/").unwrap(), ["1.1.1.1:80"]);
        assert_eq!(resolved("https://[2400:3200::1]:8/").unwrap(), ["[2400:3200::1]:8"]);
    }

    #[test]
    fn a_name_of_this_machine_and_unusual_forms_are_refused() {
        assert!(
            matches!(resolved("http://localhost/"), Err(AddressError::NotPublic(address)) if address.is_loopback())
        );
        assert_eq!(resolved("http://127.1/"), Err(AddressError::UnusualForm));
    }
}
