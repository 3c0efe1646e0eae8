"""Every failure a user may meet, with the HTTP status and OpenAI error fields on the class.

ServeError
├── BadRequest (400)              a value is wrong; ``param`` names the field
│   ├── UnknownField              a field this API does not have
│   ├── UnreadableImage           an upload that is no usable picture
│   ├── UnreadableVideo           an upload that is no usable clip
│   ├── UnreadableAudio           an upload that is no usable recording
│   └── NotARecord (422)          a file that carries no settings
├── NotFound (404)
│   ├── ModelNotFound             no such model here, or none for what was given
│   ├── JobNotFound               no such job
│   └── NotReady                  the job has no such file (yet)
├── Conflict (409)                the job's state does not allow this
├── PayloadTooLarge (413)         more bytes than the server takes
├── RangeNotSatisfiable (416)     a Range beyond the end of the file
├── QueueFull (429)               try again after ``retry_after`` seconds
├── ModelFailed (500)             the model raised; the job says so
├── ModelUnavailable (503)        the model could not be loaded
└── QueueUnavailable (503)        the job queue is being replaced; try again
"""


class ServeError(Exception):
    """Base of all errors that are shown to a user as they are."""

    status = 500
    type = "server_error"
    code: str | None = None

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code or type(self).code
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the fields when the error travels between Ray processes."""
        return _rebuild, (type(self), self.message, self.param, self.code, self.retry_after)


def _rebuild(
    cls: type[ServeError],
    message: str,
    param: str | None,
    code: str | None,
    retry_after: int | None,
) -> ServeError:
    return cls(message, param=param, code=code, retry_after=retry_after)


class BadRequest(ServeError):
    status = 400
    type = "invalid_request_error"
    code = "invalid_value"


class UnknownField(BadRequest):
    code = "unknown_parameter"


class UnreadableImage(BadRequest):
    code = "invalid_image"


class UnreadableVideo(BadRequest):
    code = "invalid_video"


class UnreadableAudio(BadRequest):
    code = "invalid_audio"


class NotARecord(BadRequest):
    status = 422
    code = "not_a_record"


class NotFound(ServeError):
    status = 404
    type = "invalid_request_error"
    code = "not_found"


class ModelNotFound(NotFound):
    code = "model_not_found"


class JobNotFound(NotFound):
    code = "job_not_found"


class NotReady(NotFound):
    code = "not_ready"


class Conflict(ServeError):
    status = 409
    type = "invalid_request_error"
    code = "conflict"


class PayloadTooLarge(ServeError):
    status = 413
    type = "invalid_request_error"
    code = "payload_too_large"


class RangeNotSatisfiable(ServeError):
    status = 416
    type = "invalid_request_error"
    code = "range_not_satisfiable"


class QueueFull(ServeError):
    status = 429
    type = "rate_limit_error"
    code = "queue_full"


class ModelFailed(ServeError):
    code = "model_failed"


class ModelUnavailable(ServeError):
    status = 503
    code = "model_unavailable"


class QueueUnavailable(ServeError):
    status = 503
    code = "queue_unavailable"
