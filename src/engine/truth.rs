//! Kleene's three-valued logic.

use std::ops::Not;

/// The answer of a condition. The order makes `all` the minimum and `any` the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It does not hold.
    False,
    /// It cannot be said.
    Unknown,
    /// It holds.
    True,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }
}

impl Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

impl Truth {
    /// True where all are; the rest is not asked for once one is False.
    pub fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut least = Truth::True;
        for truth in truths {
            least = least.min(truth);
            if least == Truth::False {
                break;
            }
        }
        least
    }

    /// True where one is; the rest is not asked for once one is True.
    pub fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut most = Truth::False;
        for truth in truths {
            most = most.max(truth);
            if most == Truth::True {
                break;
            }
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Truth::{self, False, True, Unknown};

    #[test]
    fn kleenes_tables() {
        let and =
            [(False, [False, False, False]), (Unknown, [False, Unknown, Unknown]), (True, [False, Unknown, True])];
        for (left, row) in and {
            for (right, want) in [False, Unknown, True].into_iter().zip(row) {
                assert_eq!(Truth::all([left, right]), want, "{left:?} and {right:?}");
            }
        }
        assert_eq!((!False, !Unknown, !True), (True, Unknown, False));
    }

    fn truths() -> impl Strategy<Value = Vec<Truth>> {
        prop::collection::vec(prop_oneof![Just(False), Just(Unknown), Just(True)], 0..6)
    }

    proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn de_morgan(list in truths()) {
            let negated: Vec<Truth> = list.iter().map(|t| !*t).collect();
            prop_assert_eq!(!Truth::all(list.clone()), Truth::any(negated.clone()));
            prop_assert_eq!(!Truth::any(list), Truth::all(negated));
        }

        /// Learning what an Unknown is can never overturn an answer that was certain without it.
        #[test]
        fn knowledge_is_monotone(list in truths(), learnt in prop::bool::ANY) {
            let resolved: Vec<Truth> = list.iter().map(|t| if *t == Unknown { learnt.into() } else { *t }).collect();
            for (before, after) in [
                (Truth::all(list.clone()), Truth::all(resolved.clone())),
                (Truth::any(list.clone()), Truth::any(resolved.clone())),
            ] {
                prop_assert!(before == Unknown || before == after);
                prop_assert!(after != Unknown || list.is_empty());
            }
        }
    }
}
