# Every construct of the language, in the shapes that people write.
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

variable "names" {
  type    = list(string)
  default = ["one", "zwölf", "with \"quotes\" and \\ and \u00e9",]

  validation {
    condition     = length(var.names) > 0 && alltrue([for name in var.names : length(name) < 64])
    error_message = "Give 100% of ${"the"} names, not $${names}."
  }
}

locals {
  count   = var.on ? 1 : var.maybe ? -2 : 0
  numbers = 1 + 2 * 3 - 4 / 5 % 6
  truth   = !(local.a == 1 || local.b != 2) && 3 <= 4 && 5 >= 4 && 1 < 2 && 2 > 1
  nothing = null
  nested  = { a = { b = [1, 2, { c = "d" }] }, "e f" : 1e3, (local.key) = 2.5 }
  by_name = { for index, name in var.names : name => { index = index, upper = upper(name) } if name != "" }
  grouped = { for name in var.names : substr(name, 0, 1) => name... }
  ids     = aws_instance.web[*].network[0].id
  legacy  = aws_instance.web.*.id
  first   = aws_instance.web.0.id
  merged  = merge(var.maps...)
  scoped  = provider::aws::arn_parse(local.arn).account
  tagged  = "${var.prefix}-${join("-", [for part in split("/", "a/${var.b}") : trim(part, "/")])}"
  shown   = "%{if var.on}on%{else}off%{endif}, %{for name in var.names~} ${name} %{~endfor}"
}

resource "aws_instance" "web" {
  count = 3 // trailing comment
  ami   = data.aws_ami.this.id

  user_data = <<-EOT
    #!/bin/sh
    echo "${var.greeting}" $HOME 100%
    %{for name in var.names~}
    useradd ${name}
    %{endfor~}
  EOT

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow",
        Action   = ["s3:*"]
        Resource = "arn:aws:s3:::${aws_s3_bucket.this.id}/*"
      },
    ]
  })

  lifecycle { prevent_destroy = true }

  dynamic "ebs_block_device" {
    for_each = toset(var.disks)
    content {
      device_name = ebs_block_device.value /* why not */
    }
  }
}

output "text" {
  value = <<TEXT
plain text with a ${"value"}
TEXT
}

module "network" {
  source    = "./network"
  providers = { aws = aws.west }
}
