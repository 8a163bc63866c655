//! Addresses of networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use stockade_source::Span;

use super::{Fault, Outcome, int_arg, number_arg, text_arg};
use crate::types::Ty;
use crate::value::{K, Val};

/// A network: its address with the bits of the hosts cleared, the length of its prefix, and of addresses.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    prefix: u32,
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Network, Fault> {
        let (address, prefix) = text.split_once('/').ok_or(Fault::Invalid)?;
        let (address, bits) = match address.parse::<IpAddr>().map_err(|_| Fault::Invalid)? {
            IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32),
            IpAddr::V6(ip) => (ip.to_bits(), 128),
        };
        let digits = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
        let prefix = prefix.parse::<u32>().ok().filter(|prefix| digits && *prefix <= bits).ok_or(Fault::Invalid)?;
        let network = Network { address, prefix, bits };
        Ok(Network { address: address & !network.hosts(), ..network })
    }

    /// The highest number of a host.
    fn hosts(self) -> u128 {
        match self.bits - self.prefix {
            128 => u128::MAX,
            free => (1u128 << free) - 1,
        }
    }

    fn ip(self, address: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from_bits(u32::try_from(address).unwrap_or(u32::MAX)).to_string()
        } else {
            Ipv6Addr::from_bits(address).to_string()
        }
    }

    fn subnet(self, newbits: u32, number: u128) -> Result<Network, Fault> {
        let prefix = self.prefix.checked_add(newbits).filter(|prefix| *prefix <= self.bits).ok_or(Fault::Invalid)?;
        if newbits < 128 && number >> newbits != 0 {
            return Err(Fault::Invalid);
        }
        let free = self.bits - prefix;
        let offset = if free == 128 { 0 } else { number << free };
        Ok(Network { address: self.address | offset, prefix, bits: self.bits })
    }

    fn text(self) -> String {
        format!("{}/{}", self.ip(self.address), self.prefix)
    }
}

pub(super) fn cidrsubnet(args: &[Val], span: Span) -> Outcome {
    let network = Network::parse(&text_arg(args, 0)?)?;
    let newbits = u32::try_from(int_arg(args, 1)?).map_err(|_| Fault::Invalid)?;
    let number = number_arg(args, 2)?.as_i64().ok_or(Fault::Unsupported)?;
    let number = u128::try_from(number).map_err(|_| Fault::Invalid)?;
    Ok(K::text(network.subnet(newbits, number)?.text()).at(span))
}

pub(super) fn cidrhost(args: &[Val], span: Span) -> Outcome {
    let network = Network::parse(&text_arg(args, 0)?)?;
    let number = number_arg(args, 1)?.as_i64().ok_or(Fault::Unsupported)?;
    let size = u128::from(number.unsigned_abs());
    // A negative number counts from the end.
    let host = if number < 0 { network.hosts().checked_sub(size - 1) } else { Some(size) };
    let host = host.filter(|host| *host <= network.hosts()).ok_or(Fault::Invalid)?;
    Ok(K::text(network.ip(network.address | host)).at(span))
}

pub(super) fn cidrnetmask(args: &[Val], span: Span) -> Outcome {
    let network = Network::parse(&text_arg(args, 0)?)?;
    if network.bits != 32 {
        return Err(Fault::Invalid);
    }
    Ok(K::text(network.ip(u128::from(u32::MAX) & !network.hosts())).at(span))
}

/// Subnets one after another, each at the next place that fits its size.
pub(super) fn cidrsubnets(args: &[Val], span: Span) -> Outcome {
    let network = Network::parse(&text_arg(args, 0)?)?;
    let mut next = network.address;
    let mut out = Vec::new();
    for at in 1..args.len() {
        let newbits = int_arg(args, at)?;
        let newbits = u32::try_from(newbits).ok().filter(|n| *n >= 1 && *n <= 32).ok_or(Fault::Invalid)?;
        let subnet = network.subnet(newbits, 0)?;
        let size = subnet.hosts();
        let start = next.checked_add(size).ok_or(Fault::Invalid)? & !size;
        let end =
            start.checked_add(size).filter(|end| *end <= (network.address | network.hosts())).ok_or(Fault::Invalid)?;
        out.push(K::text(Network { address: start, ..subnet }.text()).at(span));
        next = end.saturating_add(1);
    }
    Ok(K::list(out, Ty::Text).at(span))
}
