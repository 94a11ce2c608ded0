//! The answer that an endpoint reads its output from.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::json::Fields;

/// An answer of the API that is not an error: a JSON object or a file.
///
/// `F` is the type of a file: [`File`](crate::File) with its bytes, or [`FileInfo`](crate::FileInfo) if the bytes are
/// streamed.
#[derive(Debug)]
pub enum Answer<'a, F> {
    /// A JSON object that is not an error.
    Json(Object<'a>),
    /// A file.
    File(F),
}

impl<F> Answer<'_, F> {
    /// Deserializes a JSON object into a type of your own. To keep fields that the type does not name, use
    /// `#[serde(flatten)]`. An `errcode` of 0 and its `errmsg` are left out.
    ///
    /// # Errors
    ///
    /// [`ApiError::Shape`] for a file, and for JSON that does not fit the type. `expected` completes its
    /// text, "the response is not …".
    pub fn deserialize<T: DeserializeOwned>(self, expected: &'static str) -> Result<T, ApiError> {
        match self {
            Self::Json(object) => object.deserialize(expected),
            Self::File(_) => Err(ApiError::shape(expected)),
        }
    }

    /// The fields of a JSON object.
    pub(crate) fn fields(self, expected: &'static str) -> Result<Fields, ApiError> {
        match self {
            Self::Json(object) => Ok(object.fields),
            Self::File(_) => Err(ApiError::shape(expected)),
        }
    }
}

/// The JSON object in an answer, after repairs.
pub struct Object<'a> {
    pub(crate) fields: Fields,
    body: PhantomData<&'a [u8]>,
}

impl Object<'_> {
    pub(crate) fn new(object: Map<String, Value>) -> Self {
        Self { fields: Fields::from_answer(object), body: PhantomData }
    }

    /// Deserializes it into a type of your own, like [`Answer::deserialize`].
    ///
    /// # Errors
    ///
    /// [`ApiError::Shape`] if it does not fit the type.
    pub fn deserialize<T: DeserializeOwned>(self, expected: &'static str) -> Result<T, ApiError> {
        // An error of serde can quote the body, so it is left out.
        T::deserialize(Value::Object(self.fields.0)).map_err(|_| ApiError::shape(expected))
    }
}

impl std::fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Object").field("fields", &self.fields.0.len()).finish()
    }
}
