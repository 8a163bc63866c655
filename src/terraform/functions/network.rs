//! Addresses of networks, with the oddities of the library that Terraform asks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use num_bigint::{BigInt, BigUint};
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
        let (address, bits) = match v4(address) {
            Some(ip) => (u128::from(ip), 32),
            None => match address.parse::<IpAddr>().map_err(|_| Fault::Invalid)? {
                IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32),
                IpAddr::V6(ip) => (ip.to_bits(), 128),
            },
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

    /// Whether it is an IPv4 address within IPv6, which is taken for IPv4 here and there.
    fn is_mapped(self, address: u128) -> bool {
        self.bits == 128 && address >> 32 == 0xFFFF
    }

    fn ip(self, address: u128) -> String {
        if self.bits == 32 || self.is_mapped(address) {
            Ipv4Addr::from_bits(u32::try_from(address & u128::from(u32::MAX)).unwrap_or(u32::MAX)).to_string()
        } else {
            Ipv6Addr::from_bits(address).to_string()
        }
    }

    /// The address with a number put in at a place, as whole numbers without end have it.
    fn insert(self, number: BigInt, shift: u32) -> Result<u128, Fault> {
        let joined = (number << shift) | BigInt::from(self.address);
        let size: &BigUint = joined.magnitude();
        u128::try_from(size).ok().filter(|n| self.bits == 128 || n >> 32 == 0).ok_or(Fault::Invalid)
    }

    fn subnet(self, newbits: i64, number: BigInt) -> Result<String, Fault> {
        let prefix = i64::from(self.prefix).saturating_add(newbits);
        if prefix > i64::from(self.bits) {
            return Err(Fault::Invalid);
        }
        let most = match u32::try_from(newbits) {
            Ok(newbits) if newbits < 64 => (1u64 << newbits) - 1,
            _ => u64::MAX,
        };
        let low = number.magnitude().iter_u64_digits().next().unwrap_or(0);
        if low > most {
            return Err(Fault::Invalid);
        }
        let Ok(prefix) = u32::try_from(prefix) else { return Ok("<nil>".into()) };
        let address = self.insert(number, self.bits - prefix)?;
        let shown = if self.is_mapped(address) { prefix.saturating_sub(96) } else { prefix };
        Ok(format!("{}/{shown}", self.ip(address)))
    }

    fn text(self) -> String {
        format!("{}/{}", self.ip(self.address), self.prefix)
    }
}

/// Four numbers, which may have zeros in front.
fn v4(text: &str) -> Option<u32> {
    let parts: Vec<u8> = text
        .split('.')
        .map(|part| part.parse::<u8>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit())))
        .collect::<Option<_>>()?;
    let bytes: [u8; 4] = parts.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}

fn big_arg(args: &[Val], at: usize) -> Result<BigInt, Fault> {
    let number = number_arg(args, at)?;
    number.truncated().filter(|_| number.is_whole()).ok_or(Fault::Invalid)
}

pub(super) fn cidrsubnet(args: &[Val], span: Span) -> Outcome {
    let network = Network::parse(&text_arg(args, 0)?)?;
    let newbits = int_arg(args, 1)?;
    Ok(K::text(network.subnet(newbits, big_arg(args, 2)?)?).at(span))
}

pub(super) fn cidrhost(args: &[Val], span: Span) -> Outcome {
    let network = Network::parse(&text_arg(args, 0)?)?;
    let number = big_arg(args, 1)?;
    let most = BigInt::from(network.hosts());
    let (size, host) = if number.sign() == num_bigint::Sign::Minus {
        // A negative number counts from the end.
        let size: BigInt = -number - 1;
        (size.clone(), &most - size)
    } else {
        // Of a large number, the library looks at 64 bits only.
        (BigInt::from(number.magnitude().iter_u64_digits().next().unwrap_or(0)), number)
    };
    if size > most {
        return Err(Fault::Invalid);
    }
    let shift = if network.is_mapped(network.address) { 96 } else { 0 };
    Ok(K::text(network.ip(network.insert(host, shift)?)).at(span))
}

pub(super) fn cidrnetmask(args: &[Val], span: Span) -> Outcome {
    let network = Network::parse(&text_arg(args, 0)?)?;
    if network.is_mapped(network.address) {
        return Ok(K::text(Ipv6Addr::from_bits(!network.hosts()).to_string()).at(span));
    }
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
        let prefix = network.prefix.checked_add(newbits).filter(|prefix| *prefix <= network.bits);
        let subnet = Network { prefix: prefix.ok_or(Fault::Invalid)?, ..network };
        let size = subnet.hosts();
        let start = next.checked_add(size).ok_or(Fault::Invalid)? & !size;
        let end =
            start.checked_add(size).filter(|end| *end <= (network.address | network.hosts())).ok_or(Fault::Invalid)?;
        out.push(K::text(Network { address: start, ..subnet }.text()).at(span));
        next = end.saturating_add(1);
    }
    Ok(K::list(out, Ty::Text).at(span))
}
