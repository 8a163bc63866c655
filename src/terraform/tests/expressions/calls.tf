module "unset" {
  source = "../m"
}

module "nulls" {
  source = "../m"
  object = null
  strict = null
  loose  = null
  list   = null
  map    = null
}

module "given" {
  source = "../m"
  object = { a = true, b = "5", c = null, d = { x = null, y = null, other = 1 }, e = { k = {}, l = { z = "8" } }, f = [2, 1, 1] }
  list   = [{ name = 1 }, { name = "b", size = "4" }, { name = "c", size = null }]
  map    = { p = {}, q = { name = "n", tags = { t = 1, u = true } }, r = { name = null, tags = null } }
  set    = [{}, { name = "none" }, { name = "x" }]
  tuple  = [1, "2"]
  strict = 5
  loose  = false
  any    = { a = [1, "b"], c = null }
  maps   = { a = 1, b = "x", c = true }
  lists  = [1, "x", true]
  secret = { a = "s" }
}

module "shaped" {
  source = "../m"
  object = merge({ a = "x" }, { d = { x = [] } }, { e = { k = null } })
  list   = toset([{ name = "b", size = 2 }, { name = "a", size = 1 }])
  map    = tomap({ a = { name = "n" } })
  set    = [for n in ["b", "a"] : { name = n }]
  tuple  = ["a", 1.50]
  any    = toset(["b", "a"])
  maps   = { a = [1], b = ["x"] }
  lists  = [{ a = 1 }, { a = "x" }]
}

module "unknown" {
  source = "../m"
  object = { a = terraform_data.u.id, d = { y = terraform_data.u.id } }
  list   = [{ name = terraform_data.u.id }]
  map    = { (upper("k")) = { name = terraform_data.u.id } }
  strict = terraform_data.u.id
  any    = [terraform_data.u.id]
}
