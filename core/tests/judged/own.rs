//! A user's own endpoints.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use wechat_material::driver::Target;
use wechat_material::http::Request;
use wechat_material::{Access, Answer, ApiError, BuildError, Endpoint};

/// An endpoint whose answer is JSON of any type, and which implements the required methods only.
pub struct Own<T, A = Access>(PhantomData<(T, A)>);

pub fn own<T, A>() -> Own<T, A> {
    Own(PhantomData)
}

impl<T: DeserializeOwned, A: Target> Endpoint for Own<T, A> {
    type Target = A;
    type Output<F> = T;

    fn to_request(&self, _target: &A) -> Result<Request<Vec<u8>>, BuildError> {
        Err(BuildError::Path)
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<T, ApiError> {
        answer.deserialize("what was asked for")
    }
}
