//! Decimal numbers of any size, for the arithmetic on floats.

use num_bigint::BigInt;

/// How many places a quotient has.
const DIVISION_PLACES: i32 = 16;

/// `digits × 10^exponent`.
#[derive(Clone)]
pub(super) struct Decimal {
    digits: BigInt,
    exponent: i32,
}

impl Decimal {
    /// The shortest decimal that reads as `value`.
    pub(super) fn new(value: f64) -> Result<Decimal, String> {
        if !value.is_finite() {
            let shown = if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(format!("Cannot create a Decimal from {shown}"));
        }
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = mantissa.replace('.', "").parse().unwrap_or_default();
        let exponent: i32 = exponent.parse().unwrap_or(0);
        Ok(Decimal { digits, exponent: exponent - i32::try_from(fraction).unwrap_or(0) })
    }

    /// The nearest float; infinite where it is too large.
    pub(super) fn to_float(&self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(0.0)
    }

    pub(super) fn add(self, other: Decimal) -> Result<Decimal, String> {
        let exponent = self.exponent.min(other.exponent);
        Ok(Decimal { digits: self.scaled(exponent) + other.scaled(exponent), exponent })
    }

    pub(super) fn sub(self, other: Decimal) -> Result<Decimal, String> {
        let exponent = self.exponent.min(other.exponent);
        Ok(Decimal { digits: self.scaled(exponent) - other.scaled(exponent), exponent })
    }

    pub(super) fn mul(self, other: Decimal) -> Result<Decimal, String> {
        let exponent = self.exponent.checked_add(other.exponent).filter(|exponent| exponent.abs() < 100_000);
        let exponent = exponent.ok_or("the decimal has too many places")?;
        Ok(Decimal { digits: self.digits * other.digits, exponent })
    }

    /// The quotient, rounded half away from zero.
    pub(super) fn div(self, other: Decimal) -> Result<Decimal, String> {
        if other.digits == BigInt::ZERO {
            return Err("decimal division by 0".to_owned());
        }
        // dividend × 10^16 ÷ divisor, both as whole numbers.
        let shift = self.exponent - other.exponent + DIVISION_PLACES;
        let (mut dividend, mut divisor) = (self.digits, other.digits);
        if shift >= 0 {
            dividend *= power(shift);
        } else {
            divisor *= power(-shift);
        }
        let quotient = &dividend / &divisor;
        let remainder: BigInt = &dividend % &divisor;
        let negative = (dividend.sign() == num_bigint::Sign::Minus) != (divisor.sign() == num_bigint::Sign::Minus);
        let half: BigInt = remainder * 2;
        let rounded = if half.magnitude() >= divisor.magnitude() {
            if negative { quotient - 1 } else { quotient + 1 }
        } else {
            quotient
        };
        Ok(Decimal { digits: rounded, exponent: -DIVISION_PLACES })
    }

    fn scaled(&self, exponent: i32) -> BigInt {
        &self.digits * power(self.exponent - exponent)
    }
}

fn power(exponent: i32) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(0))
}
