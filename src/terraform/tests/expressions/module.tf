variable "object" {
  type = object({
    a = string
    b = optional(number)
    c = optional(bool, true)
    d = optional(object({
      x = optional(list(string), ["p"])
      y = optional(string, "q")
    }), {})
    e = optional(map(object({ z = optional(number, 7) })), {})
    f = optional(set(string))
  })
  default = { a = 1 }
}

variable "list" {
  type    = list(object({ name = string, size = optional(number, 3) }))
  default = []
}

variable "map" {
  type    = map(object({ name = optional(string, "none"), tags = optional(map(string), {}) }))
  default = {}
}

variable "set" {
  type    = set(object({ name = optional(string, "none") }))
  default = []
}

variable "tuple" {
  type    = tuple([string, number])
  default = null
}

variable "strict" {
  type     = string
  default  = "fallback"
  nullable = false
}

variable "loose" {
  type    = string
  default = "fallback"
}

variable "any" {
  type    = any
  default = null
}

variable "maps" {
  type    = map(any)
  default = {}
}

variable "lists" {
  type    = list(any)
  default = []
}

variable "secret" {
  type      = object({ a = string })
  default   = { a = "b" }
  sensitive = true
}

output "all" {
  value = {
    object = var.object
    list   = var.list
    map    = var.map
    set    = var.set
    tuple  = var.tuple
    strict = var.strict
    loose  = var.loose
    any    = var.any
    maps   = var.maps
    lists  = var.lists
  }
}

output "secret" {
  value     = var.secret
  sensitive = true
}
